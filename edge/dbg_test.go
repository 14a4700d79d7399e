package edge
import ("testing";"github.com/gauger/gauger/evidence/statement";"github.com/gauger/gauger/evidence/wire")
func TestDbg(t *testing.T) {
	seed := uint64(9)
		g := newGateway(t, seed)
		unlucky := g.net.rnd.Uint64N(12)
		t.Log("unlucky", unlucky)
		g.net.cloud.refuse = func(s *statement.Statement) *wire.Refusal {
			if s.Number != unlucky {
				return nil
			}
			return &wire.Refusal{Code: wire.BadPoint, Text: "not registered"}
		}
		copied := g.net.cloud.copied()
		for k := range 60 {
			g.step(g.net.rnd.IntN(3) == 0)
			if g.sender.uplink.halted != "" || g.net.rnd.IntN(40) == 0 {
				t.Log(k, "restart", g.sender.uplink.halted)
				g.restart()
			}
			switch k {
			case 20:
				copied = g.net.cloud.copied()
			case 40:
				g.net.cloud.restore(copied)
				t.Log("restore to", copied.sequence.Next)
			}
		}
	for i:=range 12 {
		if g.sender.uplink.halted != "" { t.Log("halted", g.sender.uplink.halted); g.restart() }
		g.step(false)
		g.net.perfect = true
		_=i
		t.Log(numbers(g.sender.uplink), g.sender.agent.journal.made(), g.net.cloud.held.sequence.Next, len(g.net.up), len(g.net.down))
		for n := range g.sender.agent.journal.statements { if i==11 { s,_:=g.sender.agent.journal.statement(uint64(n)); t.Log(n, g.sender.agent.journal.statements[n].outcome, s.Runs)} }
	}
}
