// Package prove holds the proofs that no cent and no piece is lost: random programs against a model, concurrent
// histories checked for linearizability, and crashes of the service and of Postgres under load. `make test` runs them
// short, `make prove` and `make prove-crash` in full; zarf/docs/reliability.md says what each of them shows. Each proof
// comes with a negative control, which takes a guard out and wants to see the proof fail.
package prove
