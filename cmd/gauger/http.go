package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/gauger/gauger/evidence/cose"
)

// maxAnswer bounds what is read from the cloud; a bundle is the largest.
const maxAnswer = cose.MaxMessage

// cloudFlag adds --cloud, the cloud that a command asks.
func cloudFlag(c *cobra.Command, cloud *string) {
	c.Flags().StringVar(cloud, "cloud", "http://127.0.0.1:8080", "address of the cloud")
}

// call makes one request to the cloud and returns the body of a good answer.
func call(ctx context.Context, method, address string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, usage(err)
	}
	if req.URL.Host == "" || req.URL.Scheme != "http" && req.URL.Scheme != "https" {
		return nil, usage(fmt.Errorf("--cloud: %q is not below an address such as http://127.0.0.1:8080", address))
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the cloud does not answer: %w; is it running, and is --cloud its address?", err)
	}
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return nil, fmt.Errorf("answer of the cloud: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, refusedWith(res, answer)
	}
	return answer, nil
}

// refusedWith is what the cloud says when it refuses (RFC 9457). What was asked wrongly is wrong usage, as it is when a bundle is asked.
func refusedWith(res *http.Response, answer []byte) error {
	var problem struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(answer, &problem) != nil || problem.Detail == "" {
		problem.Detail = strings.TrimSpace(string(answer)) // of something in between
	}
	err := fmt.Errorf("the cloud refuses: %s: %s", res.Status, problem.Detail)
	if res.StatusCode == http.StatusBadRequest {
		return usage(err)
	}
	return err
}
