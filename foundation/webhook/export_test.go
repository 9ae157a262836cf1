package webhook

import "time"

// Within is a Sender whose attempts may take so long.
func Within(s *Sender, d time.Duration) *Sender {
	s.timeout = d
	return s
}
