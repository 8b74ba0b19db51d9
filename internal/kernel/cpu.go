package kernel

//go:generate go run ./gen -out kernels_amd64.s -stubs kernels_amd64.go -pkg kernel

// Name says which kernels run: avx2 or plain.
func Name() string {
	if avx2 {
		return "avx2"
	}
	return "plain"
}
