// Command hydra is Ory Hydra, as its makers build it, with a database in memory (SQLite).
package main

import "github.com/ory/hydra/v2/cmd"

func main() {
	cmd.Execute()
}
