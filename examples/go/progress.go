package imgferry

// #include "glue.h"
import "C"

// ProgressFunc receives progress, at least four times a second. An error ends the call, and is in the chain of its
// own.
type ProgressFunc func(Progress) error

// Phase is what a progress record is about. Take one that you do not know as Message.
type Phase int32

// The phases.
const (
	// Nothing arrived for a while; the numbers are those of the last record.
	Waiting Phase = C.IMGFERRY_PHASE_WAITING
	// The operation, or one layer of it, is being prepared or queued.
	Preparing Phase = C.IMGFERRY_PHASE_PREPARING
	// Bytes go to the registry.
	Pushing Phase = C.IMGFERRY_PHASE_PUSHING
	// Bytes come from the registry.
	Downloading Phase = C.IMGFERRY_PHASE_DOWNLOADING
	// Downloaded bytes are checked.
	Verifying Phase = C.IMGFERRY_PHASE_VERIFYING
	// The engine unpacks a layer.
	Extracting Phase = C.IMGFERRY_PHASE_EXTRACTING
	// An archive goes into the engine.
	Loading Phase = C.IMGFERRY_PHASE_LOADING
	// The destination has this layer already.
	Exists Phase = C.IMGFERRY_PHASE_EXISTS
	// This layer is done.
	LayerDone Phase = C.IMGFERRY_PHASE_LAYER_DONE
	// The engine tries a layer again.
	Retrying Phase = C.IMGFERRY_PHASE_RETRYING
	// A message without a meaning of its own; read its text.
	Message Phase = C.IMGFERRY_PHASE_MESSAGE
	// The operation is done: the last record, on success only.
	Done Phase = C.IMGFERRY_PHASE_DONE
	// A push starts; Source and Destination say what goes where.
	PushStarts Phase = C.IMGFERRY_PHASE_PUSH_STARTS
	// A pull starts; Source and Destination say what goes where.
	PullStarts Phase = C.IMGFERRY_PHASE_PULL_STARTS
	// An archive comes out of the engine.
	Saving Phase = C.IMGFERRY_PHASE_SAVING
	// A root file system goes into the engine.
	Importing Phase = C.IMGFERRY_PHASE_IMPORTING
)

// Unit is the unit of Current and Total.
type Unit int32

// The units.
const (
	Bytes Unit = C.IMGFERRY_UNIT_BYTES
	// The containerd image store counts unpacking so.
	Seconds Unit = C.IMGFERRY_UNIT_SECONDS
)

// Progress is one step of a transfer.
type Progress struct {
	Phase Phase
	Unit  Unit
	// The layer, as its short ID or digest; "" when the record is not about one layer.
	LayerID string
	// A text for people: the layer and its status.
	Message string
	// The peer's own word for the phase; "" when it has none.
	Status string
	// What was pushed, pulled or imported; only in the record Done.
	Digest string
	// The engine's own line of JSON; "" when the record does not come from one.
	Raw string
	// What is pushed or pulled, and where it goes; only in PushStarts and PullStarts.
	Source, Destination string
	// How much of this layer is done, and how much there is to do; -1 when nobody knows.
	Current, Total int64
	// Bytes over all layers seen so far; -1 while the size of a layer is not known.
	SumCurrent, SumTotal int64
}

// goProgress is a copy of what C lends for as long as the callback runs.
func goProgress(c *C.imgferry_progress) Progress {
	return Progress{
		Phase:       Phase(c.phase),
		Unit:        Unit(c.unit),
		LayerID:     C.GoString(c.layer_id),
		Message:     C.GoString(c.message),
		Status:      C.GoString(c.status),
		Digest:      C.GoString(c.digest),
		Raw:         C.GoString(c.raw),
		Source:      C.GoString(c.source),
		Destination: C.GoString(c.destination),
		Current:     int64(c.current),
		Total:       int64(c.total),
		SumCurrent:  int64(c.sum_current),
		SumTotal:    int64(c.sum_total),
	}
}
