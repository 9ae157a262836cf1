package arch_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

var (
	createTable = regexp.MustCompile(`(?ims)^CREATE TABLE (?:IF NOT EXISTS )?(\w+) \((.*?)^\)`)
	alterTable  = regexp.MustCompile(`(?is)\bALTER TABLE (?:ONLY )?(\w+)\s([^;]*)`)
	references  = regexp.MustCompile(`(?i)\bREFERENCES (\w+)`)
	written     = regexp.MustCompile(`(?i)\b(?:INSERT INTO|DELETE FROM|UPDATE|TRUNCATE|COPY)\s+(\w+)`)
	readFrom    = regexp.MustCompile(`(?i)\b(?:FROM|JOIN|USING)\s+(\w+)`)
)

// tables: each is written by one package, and read by that one and by those whose tables refer to it.
func tables(s source) (broken []string) {
	refers := map[string][]string{} // table → those that its foreign keys point to
	for _, m := range createTable.FindAllStringSubmatch(s.sql, -1) {
		refers[m[1]] = []string{m[1]}
	}
	for _, re := range []*regexp.Regexp{createTable, alterTable} {
		for _, m := range re.FindAllStringSubmatch(s.sql, -1) {
			for _, ref := range references.FindAllStringSubmatch(m[2], -1) {
				refers[m[1]] = append(refers[m[1]], ref[1])
			}
		}
	}
	writer := map[string]string{} // table → the package that writes it
	for _, f := range s.files {
		for _, table := range f.tables(written, refers) {
			if w, ok := writer[table]; ok && w != f.dir {
				broken = append(broken, fmt.Sprintf("%s writes %s, which belongs to %s", f.name, table, w))
				continue
			}
			writer[table] = f.dir
			if strings.HasSuffix(f.dir, "/reportdb") {
				broken = append(broken, fmt.Sprintf("%s writes %s: reports only read", f.name, table))
			}
		}
	}
	for _, f := range s.files {
		if strings.HasSuffix(f.dir, "/reportdb") {
			continue
		}
		for _, table := range f.tables(readFrom, refers) {
			ok := false
			for own, pkg := range writer {
				ok = ok || pkg == f.dir && slices.Contains(refers[own], table)
			}
			if !ok {
				broken = append(broken, fmt.Sprintf("%s reads %s, to which no table of its own refers", f.name, table))
			}
		}
	}
	return broken
}

// tables are those of the known tables that the re finds in the file's SQL, if it is one that has SQL: a storage or an
// sdk.
func (f file) tables(re *regexp.Regexp, known map[string][]string) (found []string) {
	if !under(f.dir, "business") || under(f.dir, "business/sdk/migrate") || under(f.dir, scaffold...) {
		return nil
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			for _, m := range re.FindAllStringSubmatch(lit.Value, -1) {
				table := strings.ToLower(m[1])
				if _, ok := known[table]; ok && !slices.Contains(found, table) {
					found = append(found, table)
				}
			}
		}
		return true
	})
	return found
}
