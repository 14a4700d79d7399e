package story

import (
	"context"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"crypto/ed25519"

	"github.com/gauger/gauger/evidence/cose"
	"github.com/gauger/gauger/internal/keyfile"
	"github.com/gauger/gauger/metrology/liquid"
)

// setup lays the world out on disk: a directory with keys for each party and site, registries signed by each organisation, the
// trust file, and the configuration of the cloud.
func (w *World) setup(ctx context.Context) error {
	for _, dir := range []string{"parties", "sites", "cloud", "bundles", "logs", "papers"} {
		if err := os.MkdirAll(filepath.Join(w.dir, dir), 0o755); err != nil {
			return err
		}
	}
	logKey, err := w.key("cloud/log.key")
	if err != nil {
		return err
	}
	if w.cloudKey, err = w.key("cloud/cloud.key"); err != nil {
		return err
	}
	logVkey, err := note.NewEd25519VerifierKey(w.scenario.Ledger, logKey.Public().(ed25519.PublicKey))
	if err != nil {
		return err
	}
	trust := []string{"# whose ledger and whose organisations count", "log " + logVkey, "quorum none"}
	for _, p := range w.scenario.Parties {
		line, err := w.party(p)
		if err != nil {
			return err
		}
		trust = append(trust, line)
	}
	if err := os.WriteFile(w.path("trust.txt"), []byte(strings.Join(trust, "\n")+"\n"), 0o644); err != nil {
		return err
	}
	for i := range w.scenario.Sites {
		if err := w.siteKeys(&w.scenario.Sites[i]); err != nil {
			return err
		}
	}
	if err := w.addresses(); err != nil {
		return err
	}
	return writeYAML(w.path("cloud/cloud.yaml"), map[string]any{
		"data": "data", "listen": w.api, "key": "cloud.key", "log_key": "log.key", "log_name": w.scenario.Ledger,
		"trust": "../trust.txt", "broker": map[string]any{"url": w.broker},
	})
}

func (w *World) path(parts ...string) string {
	return filepath.Join(append([]string{w.dir}, parts...)...)
}

// key draws a key into a file of its own.
func (w *World) key(path string) (ed25519.PrivateKey, error) {
	signer, err := keyfile.Create(w.path(path), keyfile.Ed25519)
	if err != nil {
		return nil, err
	}
	return signer.(ed25519.PrivateKey), nil
}

// publicKey returns the COSE_Key of a key file in hex.
func publicKey(key ed25519.PrivateKey) (string, error) {
	public, err := cose.NewKey(key.Public())
	return hex.EncodeToString(public.Bytes()), err
}

// party makes a party's directory: the organisation's key, and the one that signs papers. It returns the line of the trust file.
func (w *World) party(p Party) (string, error) {
	if err := os.MkdirAll(w.path("parties", p.ID), 0o755); err != nil {
		return "", err
	}
	organisation, err := w.key("parties/" + p.ID + "/organisation.key")
	if err != nil {
		return "", err
	}
	signing, err := w.key("parties/" + p.ID + "/party.key")
	if err != nil {
		return "", err
	}
	public, err := publicKey(signing)
	if err != nil {
		return "", err
	}
	w.registries[p.ID] = []map[string]any{{"key": public, "role": "party", "name": p.Name, "from": w.scenario.Start.Format(timeLayout)}}
	if p.Laboratory {
		lab, err := w.key("parties/" + p.ID + "/laboratory.key")
		if err != nil {
			return "", err
		}
		if public, err = publicKey(lab); err != nil {
			return "", err
		}
		w.registries[p.ID] = append(w.registries[p.ID], map[string]any{"key": public, "role": "lab", "name": p.Name + ", laboratory",
			"from": w.scenario.Start.Format(timeLayout)})
	}
	vkey, err := note.NewEd25519VerifierKey(p.DID, organisation.Public().(ed25519.PublicKey))
	return "org " + p.DID + " " + vkey, err
}

const timeLayout = "2006-01-02T15:04:05Z07:00"

// siteKeys draws the key of a site's gateway and enters it in its operator's registry.
func (w *World) siteKeys(s *Site) error {
	if err := os.MkdirAll(w.path("sites", s.ID), 0o755); err != nil {
		return err
	}
	key, err := w.key("sites/" + s.ID + "/device.key")
	if err != nil {
		return err
	}
	public, err := publicKey(key)
	if err != nil {
		return err
	}
	var points []any
	for _, p := range s.Points {
		points = append(points, p.Name)
	}
	w.registries[s.Operator] = append(w.registries[s.Operator], map[string]any{
		"key": public, "role": "device", "name": s.Name, "points": points, "from": w.scenario.Start.Format(timeLayout),
	})
	return nil
}

// addresses takes free ports of the loopback interface. They stay the same when a process is started again.
func (w *World) addresses() error {
	take := func(to *string) error {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		*to = l.Addr().String()
		w.taken = append(w.taken, l)
		return nil
	}
	if err := take(&w.api); err != nil {
		return err
	}
	if w.broker == "" {
		if err := take(&w.brokerListen); err != nil {
			return err
		}
		w.broker = "tcp://" + w.brokerListen
	}
	for _, s := range w.scenario.Sites {
		var address string
		if err := take(&address); err != nil {
			return err
		}
		w.modbus[s.ID] = address
	}
	for _, l := range w.taken {
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// signRegistries has each organisation sign its list of keys in a process of its own, and hands them to the cloud.
func (w *World) signRegistries(ctx context.Context) error {
	for _, p := range w.scenario.Parties {
		dir := w.path("parties", p.ID)
		err := writeYAML(filepath.Join(dir, "registry.yaml"), map[string]any{
			"organisation": p.DID, "name": p.Name, "number": 1, "keys": w.registries[p.ID],
		})
		if err != nil {
			return err
		}
		if _, err := w.children.command(ctx, dir, "registry", "sign", "--key", "organisation.key", "-o", "registry.cbor", "registry.yaml"); err != nil {
			return err
		}
		if _, err := w.children.command(ctx, dir, "document", "submit", "--cloud", w.url(), "registry.cbor"); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) url() string { return "http://" + w.api }

// edgeConfig writes the configuration of a site's gateway.
func (w *World) edgeConfig(s *Site) error {
	public, err := publicKey(w.cloudKey)
	if err != nil {
		return err
	}
	var points []any
	for i := range s.Points {
		p, err := w.pointConfig(s, &s.Points[i])
		if err != nil {
			return fmt.Errorf("point %s: %w", s.Points[i].Name, err)
		}
		points = append(points, p)
	}
	return writeYAML(w.path("sites", s.ID, "edge.yaml"), map[string]any{
		"organisation": w.scenario.party(s.Operator).DID, "key": "device.key", "journal": "journal", "trust": "../../trust.txt",
		"broker": w.broker, "cloud_key": public, "interval": s.interval().String(), "sample": s.interval().String(), "points": points,
		"batch": map[string]any{"records": 240, "age": s.Batch.String(), "retry": "2s"},
	})
}

func (w *World) pointConfig(s *Site, p *Point) (map[string]any, error) {
	m := map[string]any{
		"name": p.Name, "k_factor": p.KFactor.String(), "unit": p.Unit, "reference": p.Reference,
		"commodity": "crude", "base_density": p.BaseDensity.String(), "temperature_unit": p.TemperatureUnit,
		"pressure_unit": p.PressureUnit, "rounding": string(liquid.InputDiscrimination),
	}
	if p.Proving != nil {
		m["proving"] = p.Proving
	} else {
		m["meter_factor"] = p.MeterFactor.String()
	}
	switch p.Instruments {
	case "modbus":
		m["modbus"] = p.modbusMap(w.modbus[s.ID])
	case "mqtt":
		m["mqtt"] = p.mqttMap(w.broker)
	default:
		for k, v := range p.chipMaps(w.sockets) {
			m[k] = v
		}
	}
	return m, nil
}
