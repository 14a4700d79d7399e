// Package tank computes how much a tank holds, and what went in or out of it: from the gauged level by the capacity table, corrected for
// the shell, the roof and the liquid, to standard volumes and to mass as it weighs in air (API MPMS 3 and 12.1.1); and the cargo of a
// ship beside the figures of the shore (MPMS 12.1.1 and 17).
package tank

import (
	"fmt"
	"math"

	"github.com/gauger/gauger/metrology/liquid"
	"github.com/gauger/gauger/metrology/quantity"
	"github.com/gauger/gauger/metrology/steel"
)

// Method is the method that results of this package name, followed by those of steel, roof and liquid.
const Method = "API MPMS 12.1.1, static (equations via secondary sources, rounding unverified)"

// Rounding names where a tank ticket rounds. It is recorded on the ticket.
type Rounding string

// The rounding policies.
const (
	// TicketRounding rounds the shell's temperature to 1 F, or 0.5 C at 15 C and 20 C, CTSh and CTL to five decimals, and volumes to
	// 0.01 bbl or 0.001 m3. Each figure is made of figures that the ticket prints. From memory of MPMS 12.1.1, unverified.
	TicketRounding Rounding = "shell to 1 F or 0.5 C, CTSh and CTL to 5 decimals, volumes to 0.01 bbl or 0.001 m3 (MPMS 12.1.1 discrimination unverified)"
	// CTLRounded rounds CTL to five decimals, as MPMS 11.1 asks, and volumes to the micro-unit; CTSh keeps fourteen decimals.
	CTLRounded Rounding = "CTL to 5 decimals, CTSh to 14, volumes to the millionth"
	// NothingRounded keeps fourteen decimals of CTL too, which is to say that it is unrounded.
	NothingRounded Rounding = "CTL and CTSh to 14 decimals, volumes to the millionth"

	// DefaultRounding is the rounding of a ticket for which nobody asked for another.
	DefaultRounding = TicketRounding
)

// Shell says what is known of the temperature of a tank's shell.
type Shell string

// The shells.
const (
	Bare      Shell = "bare"      // uninsulated: (7 x liquid + ambient)/8
	Insulated Shell = "insulated" // as warm as the liquid
	NoCTSh    Shell = "no CTSh"   // a ship's compartment, whose table is not corrected
)

// Tank is an upright cylindrical tank, or a ship's compartment.
type Tank struct {
	Unit  quantity.Unit      // of the volumes: cubic metres or barrels
	Base  quantity.Reference // reference conditions of the volumes, and the temperature of the shell that the capacity table is for
	Shell Shell
	Steel steel.Material // of the shell; none where there is no CTSh
	Group liquid.Group
}

// Gauging is what was found in a tank at one time.
type Gauging struct {
	TOV quantity.Micro // total observed volume, by the level: Table.Volume
	FW  quantity.Micro // free water in it, by the level of the water
	// Roof floats, or is none.
	Roof Roof

	Liquid  liquid.Temperature // mean of the liquid
	Ambient liquid.Temperature // air around a bare shell
	RhoBase float64            // density at the reference conditions, kg/m3
	SW      quantity.Factor    // sediment and water, % of the volume
}

// Contents is what a tank holds, and all that it was computed from.
type Contents struct {
	Method   string
	Rounding Rounding
	Tank     Tank
	Gauging  Gauging

	ShellT liquid.Temperature // of the shell; not given where there is no CTSh
	CTSh   quantity.Factor    // quantity.One where there is none
	FRA    quantity.Micro     // floating roof adjustment, with its sign
	CTL    quantity.Factor
	CSW    quantity.Factor
	Liquid liquid.Factors // unrounded; CPL is 1, a tank being at 0 gauge

	GOV   quantity.Micro // gross observed: (TOV - FW) x CTSh + FRA
	GSV   quantity.Micro // gross standard: GOV x CTL
	NSV   quantity.Micro // net standard: GSV x CSW
	Water quantity.Micro // sediment and water: GSV - NSV
	TCV   quantity.Micro // total calculated: GSV + FW

	WCF      quantity.Factor // kg that a m3 or bbl at the reference conditions weighs in air
	GSW, NSW quantity.Micro  // gross and net standard weight, kg in air: GSV and NSV x WCF
}

// Measure returns what a tank holds. It refuses what liquid.FromBase and steel.CTSh refuse, units other than m3 and bbl, more water than
// volume, and a roof that displaces more than there is.
func (t Tank) Measure(r Rounding, g Gauging) (Contents, error) {
	places, err := r.places(t.Unit)
	if err != nil {
		return Contents{}, err
	}
	if g.FW < 0 || g.TOV < g.FW {
		return Contents{}, fmt.Errorf("tank: %s of free water in a volume of %s: neither may be negative, nor the oil", g.FW, g.TOV)
	}
	c := Contents{Rounding: r, Tank: t, Gauging: g}
	if c.Liquid, err = liquid.FromBase(t.Group, g.RhoBase, t.Base, g.Liquid, liquid.Psi(0)); err != nil {
		return Contents{}, fmt.Errorf("tank: %w", err)
	}
	if err := c.shell(); err != nil {
		return Contents{}, fmt.Errorf("tank: %w", err)
	}
	var source string
	if c.FRA, source, err = g.Roof.adjustment(c.Liquid.RhoObserved, t.Unit, places); err != nil {
		return Contents{}, fmt.Errorf("tank: %w", err)
	}
	if c.CTL, err = r.ctl(c.Liquid); err != nil {
		return Contents{}, fmt.Errorf("tank: %w", err)
	}
	if err := c.volumes(places); err != nil {
		return Contents{}, fmt.Errorf("tank: %w", err)
	}
	if err := c.weigh(); err != nil {
		return Contents{}, fmt.Errorf("tank: %w", err)
	}
	c.Method = Method + "; " + source + "; " + c.Liquid.Method + "; " + MethodAir
	if t.Shell != NoCTSh {
		c.Method += "; " + steel.Method
	}
	return c, nil
}

// volumes fills in the volumes and CSW.
func (c *Contents) volumes(places int) (err error) {
	g := c.Gauging
	if c.CSW, err = liquid.SedimentAndWaterFactor(g.SW); err != nil {
		return err
	}
	tov, err1 := g.TOV.Round(places)
	fw, err2 := g.FW.Round(places)
	if err1 != nil || err2 != nil {
		return fmt.Errorf("observed volumes %s and %s: %w", g.TOV, g.FW, quantity.ErrOverflow)
	}
	if c.GOV, err = liquid.Product(places, tov-fw, c.CTSh); err != nil {
		return fmt.Errorf("gross observed volume: %w", err)
	}
	if c.GOV, err = c.GOV.Add(c.FRA); err != nil {
		return fmt.Errorf("gross observed volume: %w", err)
	}
	if c.GOV < 0 {
		return fmt.Errorf("the roof takes away %s, more than there is: a roof that rests on its legs displaces nothing", c.FRA)
	}
	if c.GSV, err = liquid.Product(places, c.GOV, c.CTL); err != nil {
		return fmt.Errorf("gross standard volume: %w", err)
	}
	if c.NSV, err = liquid.Product(places, c.GSV, c.CSW); err != nil {
		return fmt.Errorf("net standard volume: %w", err)
	}
	c.Water = c.GSV - c.NSV // neither is negative
	if c.TCV, err = c.GSV.Add(fw); err != nil {
		return fmt.Errorf("total calculated volume: %w", err)
	}
	return nil
}

// places returns the decimals that volumes keep.
func (r Rounding) places(unit quantity.Unit) (int, error) {
	if unit != quantity.Barrel && unit != quantity.CubicMetre {
		return 0, fmt.Errorf("tank: volumes are in %s or %s, not %q", quantity.CubicMetre, quantity.Barrel, string(unit))
	}
	switch r {
	case TicketRounding:
		if unit == quantity.Barrel {
			return 2, nil
		}
		return 3, nil
	case CTLRounded, NothingRounded:
		return 6, nil
	}
	return 0, fmt.Errorf("tank: %w: %q", liquid.ErrRounding, string(r))
}

const manyDecimals = 14 // of a factor that is to count as unrounded

// ctl returns CTL as the policy has it.
func (r Rounding) ctl(f liquid.Factors) (quantity.Factor, error) {
	if r == NothingRounded {
		return quantity.RoundFactor(f.CTL, manyDecimals)
	}
	return liquid.RoundCTPL(f), nil // CPL is 1
}

// shell fills in the temperature of the shell and CTSh.
func (c *Contents) shell() error {
	t := c.Tank
	if t.Shell == NoCTSh {
		c.CTSh = quantity.One
		return nil
	}
	shell, err := ShellTemperature(t.Shell, c.Gauging.Liquid, c.Gauging.Ambient)
	if err != nil {
		return err
	}
	base, err := liquid.BaseTemperature(t.Base)
	if err != nil {
		return err
	}
	decimals := uint8(manyDecimals)
	if c.Rounding == TicketRounding {
		decimals = 5
		if t.Base == quantity.At60F {
			shell = liquid.Fahrenheit(math.Round(shell.Fahrenheit()))
		} else {
			shell = liquid.Celsius(math.Round(2*shell.Celsius()) / 2)
		}
	}
	c.ShellT = shell
	ctsh, err := steel.CTSh(shell.Fahrenheit()-base.Fahrenheit(), t.Steel.PerF.Linear)
	if err != nil {
		return fmt.Errorf("shell: %w", err)
	}
	c.CTSh, err = quantity.RoundFactor(ctsh, decimals)
	return err
}

// ShellTemperature returns the temperature of a tank's shell: (7 x liquid + ambient)/8 of a bare one, that of the liquid of an insulated
// one. It refuses temperatures that were not given or lie outside -50 to 150 C, but does not look at the ambient of an insulated shell.
func ShellTemperature(s Shell, inside, ambient liquid.Temperature) (liquid.Temperature, error) {
	low, high := liquid.Celsius(-50), liquid.Celsius(150)
	if err := inside.InRange(low, high); err != nil {
		return liquid.Temperature{}, fmt.Errorf("liquid: %w", err)
	}
	switch s {
	case Insulated:
		return inside, nil
	case Bare:
		if err := ambient.InRange(low, high); err != nil {
			return liquid.Temperature{}, fmt.Errorf("air around a bare shell: %w", err)
		}
		return liquid.Fahrenheit((7*inside.Fahrenheit() + ambient.Fahrenheit()) / 8), nil
	}
	return liquid.Temperature{}, fmt.Errorf("shell %q is none of %s, %s, %s", string(s), Bare, Insulated, NoCTSh)
}
