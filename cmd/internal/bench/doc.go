// Package bench measures the way of a record, from the gateway to its receipt, against the raw cryptography on that way.
package bench
