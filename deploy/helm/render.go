// Renders a chart as `helm template` does, for a machine without helm: the functions that our templates use, and no more.
// Standard input: {"Values": …, "Chart": …, "Release": …} as JSON. Arguments: the templates.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"
)

func toJSON(value any) (string, error) {
	text, err := json.Marshal(value)
	return string(text), err
}

// Maps in blocks, in the order of their keys, and all else as JSON, which YAML takes.
func toYAML(value any) (string, error) {
	object, isObject := value.(map[string]any)
	if !isObject || len(object) == 0 {
		return toJSON(value)
	}
	keys := []string{}
	for key := range object {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	lines := []string{}
	for _, key := range keys {
		text, err := toYAML(object[key])
		if err != nil {
			return "", err
		}
		if child, isObject := object[key].(map[string]any); isObject && len(child) > 0 {
			text = "\n  " + strings.ReplaceAll(text, "\n", "\n  ")
		} else {
			text = " " + text
		}
		lines = append(lines, key+":"+text)
	}
	return strings.Join(lines, "\n"), nil
}

func number(value any) int {
	switch value := value.(type) {
	case float64:
		return int(value)
	case int:
		return value
	}
	panic(fmt.Sprintf("%v is no number", value))
}

func functions(all *template.Template) template.FuncMap {
	return template.FuncMap{
		"include": func(name string, data any) (string, error) {
			var out bytes.Buffer
			err := all.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
		"nindent": func(width int, text string) string {
			margin := "\n" + strings.Repeat(" ", width)
			return margin + strings.ReplaceAll(text, "\n", margin)
		},
		"add": func(values ...any) int {
			sum := 0
			for _, value := range values {
				sum += number(value)
			}
			return sum
		},
		"default": func(fallback, value any) any {
			if value == nil || value == "" {
				return fallback
			}
			return value
		},
		"fail":      func(text string) (string, error) { return "", errors.New(text) },
		"int":       number,
		"list":      func(values ...any) []any { return values },
		"quote":     func(value any) string { return fmt.Sprintf("%q", fmt.Sprint(value)) },
		"sha256sum": func(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) },
		"toJson":    toJSON,
		"toYaml":    toYAML,
	}
}

func run() error {
	var data map[string]any
	if err := json.NewDecoder(os.Stdin).Decode(&data); err != nil {
		return err
	}
	all := template.New("chart")
	all.Funcs(functions(all)).Option("missingkey=error")
	for _, file := range os.Args[1:] {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if _, err := all.New(filepath.Base(file)).Parse(string(text)); err != nil {
			return err
		}
	}
	for _, file := range os.Args[1:] {
		if filepath.Ext(file) != ".yaml" {
			continue
		}
		var out bytes.Buffer
		if err := all.ExecuteTemplate(&out, filepath.Base(file), data); err != nil {
			return err
		}
		if text := strings.TrimSpace(out.String()); text != "" {
			fmt.Printf("---\n%s\n", text)
		}
	}
	return nil
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
