package imgferry

// #include "glue.h"
import "C"

import (
	"context"
	"io"
	"runtime"
	"unsafe"
)

// Reader is a stream of bytes from a peer: an archive that an engine writes, or a blob of a registry. One goroutine at
// a time may use it. Closed in the middle, it stops the peer.
type Reader struct {
	ctx  context.Context
	c    *C.imgferry_reader
	over error
}

func ownReader(ctx context.Context, c *C.imgferry_reader) *Reader {
	reader := &Reader{ctx: ctx, c: c}
	runtime.SetFinalizer(reader, (*Reader).Close)
	return reader
}

// Size is how many bytes the whole of it has; -1 when the peer did not say it, as an engine never does of an archive.
func (r *Reader) Size() int64 {
	defer runtime.KeepAlive(r)
	return int64(C.imgferry_reader_size(r.c))
}

// Read reads the next bytes. io.EOF also says that all was whole.
func (r *Reader) Read(buffer []byte) (int, error) {
	if r.over != nil || len(buffer) == 0 {
		return 0, r.over
	}
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(r)
	var length C.size_t
	r.over = run(r.ctx, m, &running{}, func(call *C.imgferry_call, failure **C.imgferry_error) C.imgferry_status {
		place := (*C.uint8_t)(unsafe.Pointer(&buffer[0]))
		return C.imgferry_reader_read(r.c, place, C.size_t(len(buffer)), call, &length, failure)
	})
	if r.over == nil && length == 0 {
		r.over = io.EOF
	}
	return int(length), r.over
}

// Close gives up its connection.
func (r *Reader) Close() error {
	runtime.SetFinalizer(r, nil)
	C.imgferry_reader_free(r.c)
	r.c = nil
	return nil
}
