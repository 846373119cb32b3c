package imgferry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"imgferry"
)

var errMine = errors.New("of the test")

// panicsWith runs what must panic, and gives what it panicked with.
func panicsWith(t *testing.T, work func()) (value any) {
	t.Helper()
	defer func() { value = recover() }()
	work()
	t.Fatal("it did not panic")
	return nil
}

func TestAnErrorOfAProgressFunctionEndsTheCall(t *testing.T) {
	engine := newEngine(t)
	for _, phase := range []imgferry.Phase{imgferry.Loading, imgferry.Done} {
		name := unique("stopped") + ":1"
		_, err := engine.LoadImage(ctx, bytes.NewReader(archive(t, name, layer(t, 100_000))), &imgferry.LoadOptions{
			Progress: func(progress imgferry.Progress) error {
				if progress.Phase == phase {
					return errMine
				}
				return nil
			},
		})
		equal(t, errors.Is(err, errMine), true)
		equal(t, errors.Is(err, imgferry.ErrCancelled), true)
	}
}

func TestAnErrorOfAReaderOrAWriterEndsTheCall(t *testing.T) {
	engine, name := loaded(t)
	registry, repository := newRepository(t)
	_, err := engine.LoadImage(ctx, iotest.ErrReader(errMine), nil)
	equal(t, errors.Is(err, errMine), true)
	equal(t, errors.Is(err, imgferry.ErrCallback), true)
	_, err = registry.PutBlob(ctx, repository, io.MultiReader(strings.NewReader("some"), iotest.ErrReader(errMine)), nil)
	equal(t, errors.Is(err, errMine), true)
	reader, writer := io.Pipe()
	reader.CloseWithError(errMine)
	_, err = engine.SaveImages(ctx, writer, []string{name}, nil)
	equal(t, errors.Is(err, errMine), true)
}

func TestAPanicComesOutAsItIs(t *testing.T) {
	engine, name := loaded(t)
	login := given(t, "IMGFERRY_TEST_LOGIN_REGISTRY")
	for _, work := range []func(){
		func() {
			engine.LoadImage(ctx, bytes.NewReader(archive(t, name, layer(t, 10))), &imgferry.LoadOptions{
				Progress: func(imgferry.Progress) error { panic(errMine) },
			})
		},
		func() { engine.LoadImage(ctx, panics{}, nil) },
		func() { engine.SaveImages(ctx, panics{}, []string{name}, nil) },
		func() {
			registry := newRegistry(t, login, &imgferry.RegistryOptions{
				CredentialsFor: func(string, string) (*imgferry.Credential, error) { panic(errMine) },
			})
			registry.CheckLogin(ctx)
		},
	} {
		equal(t, panicsWith(t, work) == any(errMine), true)
	}
	// The engine goes on.
	_, err := engine.InspectImage(ctx, name, nil)
	check(t, err)
}

type panics struct{}

func (panics) Read([]byte) (int, error)  { panic(errMine) }
func (panics) Write([]byte) (int, error) { panic(errMine) }

func TestAContextStopsEveryCallWhileThePeerIsSilent(t *testing.T) {
	host := silentPeer(t)
	engine, err := imgferry.NewEngine("tcp://"+host, nil)
	check(t, err)
	t.Cleanup(func() { engine.Close() })
	registry := newRegistry(t, host, nil)
	for name, work := range map[string]func(context.Context) error{
		"images": func(ctx context.Context) error { _, err := engine.Images(ctx, nil); return err },
		"push":   func(ctx context.Context) error { _, err := engine.Push(ctx, host+"/app:1", nil); return err },
		"load": func(ctx context.Context) error {
			_, err := engine.LoadImage(ctx, strings.NewReader("some"), nil)
			return err
		},
		"get":  func(ctx context.Context) error { _, err := engine.GetImage(ctx, "app:1", nil); return err },
		"tags": func(ctx context.Context) error { _, err := registry.Tags(ctx, host+"/app"); return err },
		"blob": func(ctx context.Context) error {
			_, err := registry.PutBlobData(ctx, host+"/app", []byte("some"), nil)
			return err
		},
	} {
		work := work
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cancelled, cancel := context.WithCancel(ctx)
			time.AfterFunc(300*time.Millisecond, cancel)
			began := time.Now()
			err := work(cancelled)
			equal(t, errors.Is(err, context.Canceled), true)
			equal(t, errors.Is(err, imgferry.ErrCancelled), true)
			equal(t, time.Since(began) < 1300*time.Millisecond, true)

			late, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
			defer cancel()
			began = time.Now()
			err = work(late)
			equal(t, errors.Is(err, context.DeadlineExceeded), true)
			equal(t, errors.Is(err, imgferry.ErrTimeout), true)
			equal(t, time.Since(began) < 1300*time.Millisecond, true)
		})
	}
}

func TestAContextThatHasEndedSendsNothing(t *testing.T) {
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	_, err := newEngine(t).Images(cancelled, nil)
	equal(t, errors.Is(err, context.Canceled), true)
	equal(t, errors.Is(err, imgferry.ErrCancelled), true)
	late, cancel := context.WithTimeout(ctx, -1)
	defer cancel()
	_, err = newEngine(t).Images(late, nil)
	equal(t, errors.Is(err, context.DeadlineExceeded), true)
	var failed *imgferry.Error
	equal(t, errors.As(err, &failed), true)
	equal(t, failed.Timeout(), true)
}

func TestLimitsAreNoDeadline(t *testing.T) {
	host := silentPeer(t)
	registry := newRegistry(t, host, &imgferry.RegistryOptions{RetryAttempts: 1})
	limited := imgferry.WithLimits(ctx, imgferry.Limits{Answer: 200 * time.Millisecond, Connect: 200 * time.Millisecond})
	_, err := registry.Tags(limited, host+"/app")
	equal(t, errors.Is(err, imgferry.ErrTimeout), true)
	equal(t, errors.Is(err, context.DeadlineExceeded), false)
}

func TestAReaderStopsWithItsContext(t *testing.T) {
	engine, name := loaded(t)
	cancelled, cancel := context.WithCancel(ctx)
	reader, err := engine.GetImage(cancelled, name, nil)
	check(t, err)
	defer reader.Close()
	_, err = io.ReadFull(reader, make([]byte, 100))
	check(t, err)
	cancel()
	_, err = reader.Read(make([]byte, 100))
	equal(t, errors.Is(err, context.Canceled), true)
	_, again := reader.Read(make([]byte, 100))
	equal(t, again == err, true)
}

func TestGoroutinesShareARegistryAndCallsNest(t *testing.T) {
	registry, repository := newRepository(t)
	var group sync.WaitGroup
	failures := make(chan error, 100)
	for worker := 0; worker < 8; worker++ {
		group.Add(1)
		go func() {
			defer group.Done()
			content := noise(20_000)
			_, err := registry.PutBlob(ctx, repository, readerFunc(func(place []byte) (int, error) {
				// A call within a call, on the same thread.
				if err := registry.Ping(ctx); err != nil {
					return 0, err
				}
				if len(content) == 0 {
					return 0, io.EOF
				}
				read := copy(place, content)
				content = content[read:]
				return read, nil
			}), nil)
			failures <- err
		}()
	}
	group.Wait()
	close(failures)
	for err := range failures {
		check(t, err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(place []byte) (int, error) { return f(place) }

func TestWhatIsForgottenIsFreed(t *testing.T) {
	freed := make(chan bool)
	func() {
		secret := &imgferry.Credential{Username: user}
		runtime.SetFinalizer(secret, func(*imgferry.Credential) { close(freed) })
		_, err := imgferry.NewRegistry("127.0.0.1:1", &imgferry.RegistryOptions{
			CredentialsFor: func(string, string) (*imgferry.Credential, error) { return secret, nil },
		})
		check(t, err)
	}()
	deadline := time.After(10 * time.Second)
	for {
		runtime.GC()
		select {
		case <-freed:
			return
		case <-deadline:
			t.Fatal("the function that gives credentials is still there")
		case <-time.After(10 * time.Millisecond):
		}
	}
}
