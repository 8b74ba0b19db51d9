package xmltext

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

type item struct {
	Name string `xml:"name"`
}

// items decodes all elements <item>.
func items(document string, limit int64) (all []item, err error) {
	d := NewDecoder(strings.NewReader(document), limit)
	for {
		t, err := d.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		switch start, _ := t.(xml.StartElement); start.Name.Local {
		case "item":
			var it item
			if err := d.Element(&it, &start); err != nil {
				return all, err
			}
			all = append(all, it)
		case "skip":
			if err := d.SkipElement(); err != nil {
				return all, err
			}
		}
	}
}

func TestElements(t *testing.T) {
	long := strings.Repeat("<b>x</b>", 10_000) // what is skipped may be longer than an element
	all, err := items("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a><skip>"+long+"<item/></skip><item><name>Z\xfcrich</name></item></a>", 8<<10)
	if err != nil || len(all) != 1 || all[0].Name != "Zürich" {
		t.Errorf("%q, %v", all, err)
	}
}

func TestWrong(t *testing.T) {
	for document, want := range map[string]string{
		"<a><item>":       "line 1, column 10: XML syntax error on line 1: unexpected EOF",
		"<a><skip><item>": "unexpected EOF",
		"<?xml version=\"1.0\" encoding=\"EBCDIC\"?><a/>": `character set "EBCDIC": convert the file to UTF-8`,
	} {
		if _, err := items(document, 8<<10); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", document, err)
		}
	}
	if _, err := items("<a><item><name>"+strings.Repeat("x", 20_000)+"</name></item></a>", 8<<10); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a long element: %v", err)
	}
}
