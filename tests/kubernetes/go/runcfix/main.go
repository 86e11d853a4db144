// runcfix stands before runc on a machine whose capability bounding set is not
// complete: it takes out of the container's specification what such a machine
// cannot grant, and then becomes the real runc. Without it every privileged
// container fails with "unable to apply caps". It adds nothing.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	if err := edit(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "runcfix:", err)
		os.Exit(1)
	}
	runc := realRunc()
	err := syscall.Exec(runc, append([]string{runc}, os.Args[1:]...), os.Environ())
	fmt.Fprintf(os.Stderr, "runcfix: %s: %v\n", runc, err)
	os.Exit(127)
}

// The node image moves Debian's runc aside; on the host it stays in place.
func realRunc() string {
	const aside = "/usr/sbin/runc.real"
	if _, err := os.Stat(aside); err == nil {
		return aside
	}
	return "/usr/sbin/runc"
}

// edit rewrites the file that holds the process of this runc command, if any.
func edit(args []string) error {
	verb := ""
	value := map[string]string{"--bundle": "."}
	for i, arg := range args {
		name, inline, found := strings.Cut(arg, "=")
		switch name {
		case "create", "run", "exec":
			if verb == "" {
				verb = name
			}
		case "--bundle", "-b", "--process", "-p":
			long := map[string]string{"-b": "--bundle", "-p": "--process"}[name]
			if long == "" {
				long = name
			}
			if found {
				value[long] = inline
			} else if i+1 < len(args) {
				value[long] = args[i+1]
			}
		}
	}
	switch {
	case verb == "create" || verb == "run":
		return rewrite(filepath.Join(value["--bundle"], "config.json"), func(spec map[string]any) {
			if process, ok := spec["process"].(map[string]any); ok {
				limit(process)
			}
		})
	case verb == "exec" && value["--process"] != "":
		return rewrite(value["--process"], limit)
	}
	return nil
}

func rewrite(path string, change func(map[string]any)) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	decoder := json.NewDecoder(file)
	decoder.UseNumber() // 64-bit numbers must come out as they went in
	var content map[string]any
	if err := decoder.Decode(&content); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	change(content)
	out, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return os.WriteFile(path, out, 0o600)
}
