// Copyright The Tenantry Authors.
// SPDX-License-Identifier: Apache-2.0

package brand

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"net/http"
	"strings"

	// Of these the size of a picture is read; none is drawn.
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
)

// Bounds of pictures that lie in ConfigMaps, in bytes. Every tenant that bears them gets a copy, ten thousand of
// which the cluster's database must hold; larger ones are given by URL.
const (
	MaxLogo    = 64 << 10
	MaxFavicon = 32 << 10
	// maxSide is the most points of a picture's side: a small file may unfold to a picture that no browser holds.
	maxSide = 4096
)

// Types of pictures.
const (
	typeSVG  = "image/svg+xml"
	typeIcon = "image/x-icon"
	typeWebP = "image/webp"
)

// extensions of keys, by the type of a picture.
var extensions = map[string]string{
	typeSVG: ".svg", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", typeWebP: ".webp", typeIcon: ".ico",
}

// picture is one that was checked.
type picture struct {
	kind string
	data []byte
}

// digest of the picture.
func (p picture) digest() string {
	sum := sha256.Sum256(p.data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// checkPicture tells what a picture is by what it holds, not by its name, and says why it is no good.
func checkPicture(data []byte, most int) (picture, error) {
	if len(data) > most {
		return picture{}, fmt.Errorf("has %d bytes, of at most %d: make it smaller, or give it by url", len(data), most)
	}
	kind, _, _ := strings.Cut(http.DetectContentType(data), ";")
	switch kind {
	case "image/png", "image/jpeg", "image/gif":
		size, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			return picture{}, fmt.Errorf("begins as %s and can't be read as one", kind)
		}
		if size.Width > maxSide || size.Height > maxSide {
			return picture{}, fmt.Errorf("is %d by %d points large, of at most %d", size.Width, size.Height, maxSide)
		}
		return picture{kind, data}, nil
	case typeWebP, typeIcon:
		return picture{kind, data}, nil
	case "text/xml", "text/plain", "text/html":
		written, err := checkSVG(data)
		if err != nil {
			return picture{}, err
		}
		if len(written) > most {
			return picture{}, fmt.Errorf("has %d bytes when written anew, of at most %d", len(written), most)
		}
		return picture{typeSVG, written}, nil
	}
	return picture{}, errors.New("is no picture that browsers show: it must be SVG, PNG, JPEG, GIF, WebP or ICO")
}
