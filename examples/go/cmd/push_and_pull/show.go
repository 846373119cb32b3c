package main

import (
	"fmt"
	"os"
	"strings"

	"imgferry"
)

const barWidth = 32

// show shows progress: bars on a terminal, elsewhere a line whenever the phase of a layer changes.
type show struct {
	terminal bool
	// The layers in the order in which they came, and their lines and phases.
	layers []string
	lines  map[string]string
	phases map[string]imgferry.Phase
	// How many lines are on the screen, to be written over.
	drawn int
}

func newShow() *show {
	output, err := os.Stdout.Stat()
	return &show{terminal: err == nil && output.Mode()&os.ModeCharDevice != 0}
}

func (s *show) begin(verb string, progress imgferry.Progress) {
	fmt.Println(verb, progress.Source, "to", progress.Destination)
	*s = show{terminal: s.terminal, lines: map[string]string{}, phases: map[string]imgferry.Phase{}}
}

func (s *show) progress(progress imgferry.Progress) error {
	switch {
	case progress.Phase == imgferry.PushStarts:
		s.begin("pushing", progress)
	case progress.Phase == imgferry.PullStarts:
		s.begin("pulling", progress)
	case s.terminal:
		s.showBars(progress)
	default:
		s.showLines(progress)
	}
	return nil
}

func (s *show) showBars(progress imgferry.Progress) {
	if id := progress.LayerID; id != "" {
		if _, known := s.lines[id]; !known {
			s.layers = append(s.layers, id)
		}
		s.lines[id] = layerLine(progress)
	}
	var text strings.Builder
	if s.drawn > 0 {
		fmt.Fprintf(&text, "\033[%dA", s.drawn)
	}
	for _, id := range s.layers {
		fmt.Fprintf(&text, "\r\033[2K%s\n", s.lines[id])
	}
	fmt.Fprintf(&text, "\r\033[2K%s\n", sumLine(progress))
	fmt.Print(text.String())
	s.drawn = len(s.layers) + 1
}

func (s *show) showLines(progress imgferry.Progress) {
	if progress.Phase == imgferry.Waiting {
		return
	}
	if progress.LayerID == "" {
		if progress.Message != "" {
			fmt.Println(progress.Message)
		}
		if progress.Phase == imgferry.Done {
			fmt.Println(sumLine(progress))
		}
		return
	}
	if phase, known := s.phases[progress.LayerID]; known && phase == progress.Phase {
		return
	}
	s.phases[progress.LayerID] = progress.Phase
	fmt.Println(layerLine(progress) + sumLine(progress))
}

// bar is how much of total is done, as a bar and in numbers.
func bar(current, total int64) string {
	if total < 0 {
		return fmt.Sprintf("%.1f MB", float64(current)/1e6)
	}
	full := 0
	if current >= total && total > 0 {
		full = barWidth
	} else if total > 0 {
		full = int(float64(current) / float64(total) * barWidth)
	}
	bar := strings.Repeat("=", full) + strings.Repeat(" ", barWidth-full)
	return fmt.Sprintf("[%s] %.1f MB/%.1f MB", bar, float64(current)/1e6, float64(total)/1e6)
}

func layerLine(progress imgferry.Progress) string {
	numbers := ""
	switch {
	case progress.Current == 0:
	case progress.Unit == imgferry.Seconds:
		numbers = fmt.Sprintf("%d s", progress.Current)
	default:
		numbers = bar(progress.Current, progress.Total)
	}
	return fmt.Sprintf("  %-12s %-20s %s", progress.LayerID, progress.Status, numbers)
}

func sumLine(progress imgferry.Progress) string {
	label := "total"
	if progress.Phase == imgferry.Done {
		label = "done"
	}
	return fmt.Sprintf("  %-12s %s", label, bar(progress.SumCurrent, progress.SumTotal))
}
