package edge

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics count what a gateway does.
type metrics struct {
	registry                                                *prometheus.Registry
	records, statements, missed, noSpace, unsigned, refused prometheus.Counter
	waiting                                                 prometheus.Gauge
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "gauger", Subsystem: "edge", Name: name, Help: help})
	}
	m := &metrics{
		registry:   prometheus.NewRegistry(),
		records:    counter("records_total", "Records made durable in the journal."),
		statements: counter("statements_total", "Statements made."),
		missed:     counter("samples_missed_total", "Samples that could not be taken; the next one counts for them."),
		noSpace:    counter("no_space_total", "Writes that found no space on the journal's disk."),
		unsigned:   counter("unsigned_total", "Times that the key did not sign; it is asked again at the next sample."),
		refused:    counter("statements_refused_total", "Statements that the cloud refused."),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "gauger", Subsystem: "edge", Name: "statements_waiting", Help: "Statements that the cloud has not answered.",
		}),
	}
	m.registry.MustRegister(m.records, m.statements, m.missed, m.noSpace, m.unsigned, m.refused, m.waiting)
	return m
}

// Metrics returns the page that Prometheus scrapes.
func (a *Agent) Metrics() http.Handler {
	return promhttp.HandlerFor(a.metrics.registry, promhttp.HandlerOpts{})
}
