package main

import (
	"context"
	"encoding/json"
	"os"

	"go.opentelemetry.io/collector/client"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// received is what came in one request: OTLP's own JSON, and who said to send it.
type received struct {
	Authorization []string        `json:"authorization"`
	Traces        json.RawMessage `json:"traces"`
}

// lines writes what was received to standard output.
func lines() exporter.Factory {
	return exporter.NewFactory(component.MustNewType("lines"), nothing, exporter.WithTraces(traces, component.StabilityLevelStable))
}

func traces(context.Context, exporter.Settings, component.Config) (exporter.Traces, error) {
	return writer{}, nil
}

type writer struct {
	component.StartFunc
	component.ShutdownFunc
}

func (writer) Capabilities() consumer.Capabilities { return consumer.Capabilities{} }

func (writer) ConsumeTraces(from context.Context, these ptrace.Traces) error {
	text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(these)
	if err != nil {
		return err
	}
	sender := client.FromContext(from).Metadata.Get("authorization")
	return json.NewEncoder(os.Stdout).Encode(received{Authorization: sender, Traces: text})
}
