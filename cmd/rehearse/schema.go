package main

import (
	"github.com/spf13/cobra"

	"github.com/rehearse-api/rehearse/harness/project"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of rehearse.yaml",
		Long: `Print the JSON Schema of rehearse.yaml, for editors that complete and check it:
    rehearse schema > .rehearse.schema.json
and in the first line of rehearse.yaml
    # yaml-language-server: $schema=.rehearse.schema.json`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := a.stdout.Write(project.Schema())
			return err
		},
	}
}
