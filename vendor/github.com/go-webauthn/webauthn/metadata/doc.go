// Package metadata handles metadata validation instrumentation.
package metadata
