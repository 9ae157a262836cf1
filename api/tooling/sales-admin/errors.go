package main

import (
	"fmt"
	"net/http"
	"text/tabwriter"

	"github.com/spf13/cobra"

	_ "github.com/garagesale/service/app/mux" // every package that can refuse something
	"github.com/garagesale/service/app/sdk/rest"
	"github.com/garagesale/service/business/sdk/errs"
)

func errorsCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "errors [CODE]",
		Short:   "Explain the codes of the API's errors",
		Long:    "Explain what each code of the API's errors means and what to do about it, or one of them.",
		Example: "  sales-admin errors\n  sales-admin errors out_of_stock",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				e := errs.Lookup(args[0])
				if e == nil {
					return fmt.Errorf("there is no error %q (see sales-admin errors)", args[0])
				}
				status := rest.Status(e.Kind)
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: %d %s\n%s\n%s\n", e.Code, status, http.StatusText(status), e.Msg,
					e.Advice)
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, e := range errs.All() {
				_, _ = fmt.Fprintf(w, "%s\t%d\t%s\n", e.Code, rest.Status(e.Kind), e.Msg)
			}
			return w.Flush()
		},
	}
}
