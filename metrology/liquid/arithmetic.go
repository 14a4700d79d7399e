package liquid

import "fmt"

// Arithmetic returns how each figure of the ticket follows from figures that it prints, one to a line:
//
//	GSV = 10014.70 x 0.98965 = 9911.05 bbl
//
// Who redoes a line and rounds the result to the decimals printed, half away from zero, finds the same; a line that does not
// follow from printed figures says so.
func (v Volumes) Arithmetic() ([]string, error) {
	places, err := v.Scheme.places(v.Metered.Unit)
	if err != nil {
		return nil, err
	}
	iv, gsv, nsv := v.IV.Decimal(places), v.GSV.Decimal(places), v.NSV.Decimal(places)
	mf, unit := v.Metered.MF, v.Metered.Unit
	lines := []string{
		fmt.Sprintf("IV = %d / %s = %s %s", v.Metered.Pulses, v.Metered.K, iv, unit),
		fmt.Sprintf("GV = %s x %s = %s %s", iv, mf, v.GV.Decimal(places), unit),
	}
	standard, gross := v.CTPL.String(), fmt.Sprintf("%s x %s", v.CTPL, mf)
	if v.CCF.Valid() {
		standard, gross = fmt.Sprintf("%s x %s", v.CTL, v.CPL), v.CCF.String()
		ccf := fmt.Sprintf("CCF = %s x %s x %s = %s", v.CTL, v.CPL, mf, v.CCF)
		if v.Scheme == UnroundedIntoCCF {
			ccf = fmt.Sprintf("CCF = %s, of CTL and CPL before they were rounded", v.CCF)
		}
		lines = append(lines, ccf)
	}
	return append(lines,
		fmt.Sprintf("ISV = %s x %s = %s %s", iv, standard, v.ISV.Decimal(places), unit),
		fmt.Sprintf("GSV = %s x %s = %s %s", iv, gross, gsv, unit),
		fmt.Sprintf("CSW = 1 - %s / 100 = %s", v.Percent, v.CSW),
		fmt.Sprintf("NSV = %s x %s = %s %s", gsv, v.CSW, nsv, unit),
		fmt.Sprintf("S&W = %s - %s = %s %s", gsv, nsv, v.Water.Decimal(places), unit),
	), nil
}
