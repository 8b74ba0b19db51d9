package run

import (
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ownFileSystem names the kind of file system that a path is on, or would be,
// if it is one that no other host can see; else it is empty: a disk may be
// exported to others.
func ownFileSystem(path string) string {
	var s unix.Statfs_t
	for unix.Statfs(path, &s) != nil {
		up := filepath.Dir(path)
		if up == path {
			return ""
		}
		path = up
	}
	switch s.Type {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		return "file system in memory"
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "container's file system"
	}
	return ""
}
