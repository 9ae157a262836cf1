package load

import (
	"math/bits"
	"time"
)

// Hist counts durations in buckets that are at most 1/32 wide, so that it can be merged and sent.
type Hist struct {
	Counts map[int]int64
	N      int64
}

const histSub = 5 // 2^5 buckets for each doubling

func bucketOf(d time.Duration) int {
	us := uint64(max(0, d.Microseconds()))
	if us < 1<<histSub {
		return int(us)
	}
	shift := bits.Len64(us) - 1 - histSub
	return (shift+1)<<histSub + int(us>>shift) - 1<<histSub //nolint:gosec // below 2^6 after the shift
}

// bucketMiddle is the middle of a bucket.
func bucketMiddle(b int) time.Duration {
	if b < 1<<histSub {
		return time.Duration(b) * time.Microsecond
	}
	shift := b>>histSub - 1
	low := (b&(1<<histSub-1) + 1<<histSub) << shift
	return time.Duration(low+(1<<shift)/2) * time.Microsecond
}

func (h *Hist) add(d time.Duration) {
	if h.Counts == nil {
		h.Counts = map[int]int64{}
	}
	h.Counts[bucketOf(d)]++
	h.N++
}

func (h *Hist) merge(o Hist) {
	if h.Counts == nil {
		h.Counts = map[int]int64{}
	}
	for b, n := range o.Counts {
		h.Counts[b] += n
	}
	h.N += o.N
}

// Quantile is the duration that the part q of all stays within.
func (h *Hist) Quantile(q float64) time.Duration {
	if h.N == 0 {
		return 0
	}
	want := max(1, int64(q*float64(h.N)+0.5))
	last := 0
	for b := range h.Counts {
		last = max(last, b)
	}
	var seen int64
	for b := 0; b <= last; b++ {
		if seen += h.Counts[b]; seen >= want {
			return bucketMiddle(b)
		}
	}
	return bucketMiddle(last)
}

// Millis is Quantile in milliseconds.
func (h *Hist) Millis(q float64) float64 { return float64(h.Quantile(q).Microseconds()) / 1000 }
