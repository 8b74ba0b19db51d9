package kernel

// Name says which kernels run: avx2 or plain.
func Name() string { return "plain" }
