package port

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// Shards is the number of shards that keys are hashed into, for ever: shard =
// hash mod Shards, instance = shard * n / Shards. State kept by shard can so
// move to another number of instances.
const Shards = 1 << 15

// ShardOf returns the shard of a key's hash.
func ShardOf(hash uint64) int { return int(hash % Shards) }

// InstanceOf returns which of n instances a shard belongs to.
func InstanceOf(shard, n int) int { return shard * n / Shards }

// mix is the 64-bit finaliser of SplitMix64 (Steele, Lea, Flood 2014, as
// published by Vigna): every input bit reaches every output bit.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// instance returns which of n instances a hash belongs to.
func instance(hash, n uint64) int32 { return int32(hash % Shards * n / Shards) }

// HashKey hashes one key as groupings do:
//
//	integers, bool    mix(value sign-extended or zero-extended to 64 bits)
//	string, []byte    XXH3-64 of the bytes
//	arrays, structs   h = mix(number of elements); for each h = mix(h ^ hash(element));
//	                  fields named _ are no elements
//
// The values are fixed for ever and tested against testdata/keyhash.txt.
func HashKey[K any](key K) (uint64, error) {
	h, err := hasher(reflect.TypeFor[K]())
	if err != nil {
		return 0, err
	}
	return h.hash(unsafe.Pointer(&key)), nil
}

// keyHash says how values of one key type are hashed. It is data and not a
// closure, so that hashing a key does not make it escape to the heap.
type keyHash struct {
	kind   reflect.Kind // one of those that hash knows
	offset uintptr      // in what contains it
	parts  []keyHash    // of arrays and structs
}

// hasher returns how values of type t are hashed.
func hasher(t reflect.Type) (keyHash, error) {
	switch k := t.Kind(); k {
	case reflect.String, reflect.Bool,
		reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return keyHash{kind: k}, nil
	case reflect.Uint64:
		return keyHash{kind: reflect.Int64}, nil // the same 64 bits
	case reflect.Int:
		return keyHash{kind: map[uintptr]reflect.Kind{4: reflect.Int32, 8: reflect.Int64}[t.Size()]}, nil
	case reflect.Uint, reflect.Uintptr:
		return keyHash{kind: map[uintptr]reflect.Kind{4: reflect.Uint32, 8: reflect.Int64}[t.Size()]}, nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return keyHash{kind: reflect.Slice}, nil
		}
	case reflect.Array:
		one, err := hasher(t.Elem())
		if err != nil {
			return one, err
		}
		h := keyHash{kind: reflect.Struct, parts: make([]keyHash, t.Len())}
		for i := range h.parts {
			h.parts[i] = one
			h.parts[i].offset = uintptr(i) * t.Elem().Size()
		}
		return h, nil
	case reflect.Struct:
		h := keyHash{kind: reflect.Struct}
		for i := range t.NumField() {
			if t.Field(i).Name == "_" {
				continue // keys are equal whatever is in it
			}
			part, err := hasher(t.Field(i).Type)
			if err != nil {
				return h, fmt.Errorf("field %s: %w", t.Field(i).Name, err)
			}
			part.offset = t.Field(i).Offset
			h.parts = append(h.parts, part)
		}
		return h, nil
	}
	return keyHash{}, fmt.Errorf("%s cannot be a key: keys are strings, []byte, integers, bool, arrays and structs of these", t)
}

// hash hashes the value at p.
func (k *keyHash) hash(p unsafe.Pointer) uint64 {
	switch k.kind {
	case reflect.String:
		return xxh3.HashString(*(*string)(p))
	case reflect.Slice:
		return xxh3.Hash(*(*[]byte)(p))
	case reflect.Bool:
		if *(*bool)(p) {
			return mix(1)
		}
		return mix(0)
	case reflect.Int64:
		return mix(*(*uint64)(p))
	case reflect.Int32:
		return mix(uint64(*(*int32)(p)))
	case reflect.Int16:
		return mix(uint64(*(*int16)(p)))
	case reflect.Int8:
		return mix(uint64(*(*int8)(p)))
	case reflect.Uint32:
		return mix(uint64(*(*uint32)(p)))
	case reflect.Uint16:
		return mix(uint64(*(*uint16)(p)))
	case reflect.Uint8:
		return mix(uint64(*(*uint8)(p)))
	}
	h := mix(uint64(len(k.parts)))
	for i := range k.parts {
		h = mix(h ^ k.parts[i].hash(unsafe.Add(p, k.parts[i].offset)))
	}
	return h
}

// fieldKey groups by the field at offset.
func fieldKey[T any](name string, offset uintptr, h keyHash) Grouping {
	return keyed[T]{name: name, spread: func(items []T, n uint64, to []int32) {
		for i := range items {
			to[i] = instance(h.hash(unsafe.Add(unsafe.Pointer(&items[i]), offset)), n)
		}
	}}
}
