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

// HashKey hashes one key as groupings do:
//
//	integers, bool    mix(value sign-extended or zero-extended to 64 bits)
//	string, []byte    XXH3-64 of the bytes
//	arrays, structs   h = mix(number of elements); for each h = mix(h ^ hash(element))
//
// The values are fixed for ever and tested against testdata/keyhash.txt.
func HashKey[K any](key K) (uint64, error) {
	h, err := hasherOf[K]()
	if err != nil {
		return 0, err
	}
	return h(&key), nil
}

func hasherOf[K any]() (func(*K) uint64, error) {
	h, err := hasher(reflect.TypeFor[K]())
	if err != nil {
		return nil, err
	}
	return func(k *K) uint64 { return h(unsafe.Pointer(k)) }, nil
}

// hasher returns the hash of values of type t, given by address.
func hasher(t reflect.Type) (func(unsafe.Pointer) uint64, error) {
	switch t.Kind() {
	case reflect.String:
		return func(p unsafe.Pointer) uint64 { return xxh3.HashString(*(*string)(p)) }, nil
	case reflect.Bool:
		return func(p unsafe.Pointer) uint64 {
			if *(*bool)(p) {
				return mix(1)
			}
			return mix(0)
		}, nil
	case reflect.Int, reflect.Int64:
		if t.Size() == 4 {
			return func(p unsafe.Pointer) uint64 { return mix(uint64(*(*int32)(p))) }, nil
		}
		return func(p unsafe.Pointer) uint64 { return mix(*(*uint64)(p)) }, nil
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		if t.Size() == 4 {
			return func(p unsafe.Pointer) uint64 { return mix(uint64(*(*uint32)(p))) }, nil
		}
		return func(p unsafe.Pointer) uint64 { return mix(*(*uint64)(p)) }, nil
	case reflect.Int8:
		return func(p unsafe.Pointer) uint64 { return mix(uint64(*(*int8)(p))) }, nil
	case reflect.Int16:
		return func(p unsafe.Pointer) uint64 { return mix(uint64(*(*int16)(p))) }, nil
	case reflect.Int32:
		return func(p unsafe.Pointer) uint64 { return mix(uint64(*(*int32)(p))) }, nil
	case reflect.Uint8:
		return func(p unsafe.Pointer) uint64 { return mix(uint64(*(*uint8)(p))) }, nil
	case reflect.Uint16:
		return func(p unsafe.Pointer) uint64 { return mix(uint64(*(*uint16)(p))) }, nil
	case reflect.Uint32:
		return func(p unsafe.Pointer) uint64 { return mix(uint64(*(*uint32)(p))) }, nil
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return func(p unsafe.Pointer) uint64 { return xxh3.Hash(*(*[]byte)(p)) }, nil
		}
	case reflect.Array:
		one, err := hasher(t.Elem())
		if err != nil {
			return nil, err
		}
		return sequenceHasher(t.Len(), func(i int) (uintptr, func(unsafe.Pointer) uint64) {
			return uintptr(i) * t.Elem().Size(), one
		}), nil
	case reflect.Struct:
		fields := make([]func(unsafe.Pointer) uint64, t.NumField())
		for i := range fields {
			f, err := hasher(t.Field(i).Type)
			if err != nil {
				return nil, fmt.Errorf("field %s: %w", t.Field(i).Name, err)
			}
			fields[i] = f
		}
		return sequenceHasher(len(fields), func(i int) (uintptr, func(unsafe.Pointer) uint64) {
			return t.Field(i).Offset, fields[i]
		}), nil
	}
	return nil, fmt.Errorf("%s cannot be a key: keys are strings, []byte, integers, bool, arrays and structs of these", t)
}

func sequenceHasher(n int, at func(i int) (uintptr, func(unsafe.Pointer) uint64)) func(unsafe.Pointer) uint64 {
	type step struct {
		offset uintptr
		hash   func(unsafe.Pointer) uint64
	}
	steps := make([]step, n)
	for i := range steps {
		steps[i].offset, steps[i].hash = at(i)
	}
	return func(p unsafe.Pointer) uint64 {
		h := mix(uint64(n))
		for _, s := range steps {
			h = mix(h ^ s.hash(unsafe.Add(p, s.offset)))
		}
		return h
	}
}

// fieldKey groups by the field at offset.
func fieldKey[T any](name string, offset uintptr, hash func(unsafe.Pointer) uint64) Grouping {
	return keyed[T]{name: name, hash: func(item *T) uint64 { return hash(unsafe.Add(unsafe.Pointer(item), offset)) }}
}
