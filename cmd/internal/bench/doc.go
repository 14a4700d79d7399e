// Package bench measures the way of a record, from the gateway to its receipt, against the raw cryptography on that way, and the
// tracing of a lot against a recursive query.
package bench
