package kernel

import "encoding/binary"

// The same loops for both widths: generic ones would cost a call a word.

func differences4Plain(z *[256]uint32, words []byte, prev uint32) (used, last uint32) {
	n := len(words) / 4
	for i := range n {
		v := binary.LittleEndian.Uint32(words[4*i:])
		d := v - prev
		prev = v
		d = d<<1 ^ uint32(int32(d)>>31)
		z[i] = d
		used |= d
	}
	for i := n; i%8 != 0; i++ {
		z[i] = 0
	}
	return used, prev
}

func differences8Plain(z *[128]uint64, words []byte, prev uint64) (used, last uint64) {
	n := len(words) / 8
	for i := range n {
		v := binary.LittleEndian.Uint64(words[8*i:])
		d := v - prev
		prev = v
		d = d<<1 ^ uint64(int64(d)>>63)
		z[i] = d
		used |= d
	}
	for i := n; i%4 != 0; i++ {
		z[i] = 0
	}
	return used, prev
}

func sums4Plain(words []byte, z *[256]uint32, prev uint32) (last uint32) {
	for i := range len(words) / 4 {
		d := z[i]
		prev += d>>1 ^ -(d & 1)
		binary.LittleEndian.PutUint32(words[4*i:], prev)
	}
	return prev
}

func sums8Plain(words []byte, z *[128]uint64, prev uint64) (last uint64) {
	for i := range len(words) / 8 {
		d := z[i]
		prev += d>>1 ^ -(d & 1)
		binary.LittleEndian.PutUint64(words[8*i:], prev)
	}
	return prev
}

func pack4Plain(dst []byte, z *[256]uint32, rows, w int) {
	for lane := range 8 {
		var acc uint64
		filled, to := 0, 4*lane
		for i := lane; i < 8*rows; i += 8 {
			acc |= uint64(z[i]) << filled
			if filled += w; filled >= 32 {
				binary.LittleEndian.PutUint32(dst[to:], uint32(acc))
				acc >>= 32
				filled -= 32
				to += rowBytes
			}
		}
		if filled > 0 {
			binary.LittleEndian.PutUint32(dst[to:], uint32(acc))
		}
	}
}

func unpack4Plain(z *[256]uint32, src []byte, rows, w int) {
	mask := uint64(1)<<w - 1
	for lane := range 8 {
		var acc uint64
		filled, from := 0, 4*lane
		for i := lane; i < 8*rows; i += 8 {
			if filled < w {
				acc |= uint64(binary.LittleEndian.Uint32(src[from:])) << filled
				filled += 32
				from += rowBytes
			}
			z[i] = uint32(acc & mask)
			acc >>= w
			filled -= w
		}
	}
}

func pack8Plain(dst []byte, z *[128]uint64, rows, w int) {
	for lane := range 4 {
		var acc uint64
		filled, to := 0, 8*lane
		for i := lane; i < 4*rows; i += 4 {
			acc |= z[i] << filled
			if filled += w; filled >= 64 {
				binary.LittleEndian.PutUint64(dst[to:], acc)
				filled -= 64
				acc = z[i] >> (w - filled)
				to += rowBytes
			}
		}
		if filled > 0 {
			binary.LittleEndian.PutUint64(dst[to:], acc)
		}
	}
}

func unpack8Plain(z *[128]uint64, src []byte, rows, w int) {
	mask := ^uint64(0) >> (64 - w)
	for lane := range 4 {
		var acc uint64
		filled, from := 0, 8*lane
		for i := lane; i < 4*rows; i += 4 {
			v := acc
			if filled < w {
				next := binary.LittleEndian.Uint64(src[from:])
				from += rowBytes
				v |= next << filled
				acc = next >> (w - filled)
				filled += 64
			} else {
				acc >>= w
			}
			z[i] = v & mask
			filled -= w
		}
	}
}
