package resp

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/dispel4go/dispel4go/seismo/response"
)

// dictionary tells the blockettes of a dictionary by those that they are like: which,
// and how many numbers their fields are ahead of it.
var dictionary = map[int]struct{ like, ahead int }{
	41: {61, 0}, 42: {62, 1}, 43: {53, 1}, 44: {54, 1}, 45: {55, 1}, 47: {57, 1}, 48: {58, 1},
}

// stageLine reads a line of a filter, decimation or gain.
func (r *Reader) stageLine(blockette, field int, text, rest string) error {
	if d, ok := dictionary[blockette]; ok {
		return r.stageField(d.like, field-d.ahead, text, rest, true)
	}
	if blockette == 60 {
		if field != 4 {
			return nil
		}
		return r.stageNumber(text)
	}
	return r.stageField(blockette, field, text, rest, false)
}

// stageFields hold the number of the stage. Before it comes the type where that is
// field 3; in a dictionary the type is in its place, or a name that says nothing.
var stageFields = map[int]int{53: 4, 54: 4, 55: 3, 57: 3, 58: 3, 61: 3, 62: 4}

// stageField reads a field of blockette 53 to 62, named if it is from a dictionary.
func (r *Reader) stageField(blockette, field int, text, rest string, named bool) error {
	at, known := stageFields[blockette]
	switch {
	case !known:
		return nil
	case field < at:
		r.kind = text
		return nil
	case field == at && named:
		return r.begin(r.of(r.stage, blockette), blockette, text)
	case field == at:
		if err := r.stageNumber(text); err != nil {
			return err
		}
		return r.begin(r.of(r.stage, blockette), blockette, r.kind)
	}
	s := r.of(r.stage, blockette)
	if named && s.Filter == nil && (blockette == 55 || blockette == 61) { // the line of their names is missing
		if err := r.begin(s, blockette, ""); err != nil {
			return err
		}
	}
	switch blockette {
	case 57:
		return decimation(s, field, text)
	case 58:
		return r.gain(s, field, text)
	}
	switch f := s.Filter.(type) {
	case *response.PolesZeros:
		return polesZeros(s, f, field, text, rest)
	case *response.Coefficients:
		return coefficients(s, f, field, text, rest)
	case *response.List:
		return list(s, f, field, text, rest)
	case *response.FIR:
		return fir(s, f, field, text, rest)
	case *response.Polynomial:
		return polynomial(s, f, field, text, rest)
	}
	return nil
}

// maxStage is the greatest number of a stage: SEED has two digits for it.
const maxStage = 999

// stageNumber takes the number of the stage that is read from here on.
func (r *Reader) stageNumber(text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxStage {
		return fmt.Errorf("%w: stage %.20q is none from 0 to %d", ErrFormat, text, maxStage)
	}
	r.stage = n
	return nil
}

// of returns stage n. Gains and polynomials of stage 0 are of the whole response; a
// filter there is all there is.
func (r *Reader) of(n, blockette int) *response.Stage {
	if n == 0 && (blockette == 58 || blockette == 62) {
		return &r.whole
	}
	all := &r.channel.Response.Stages
	for i := len(*all) - 1; i >= 0; i-- { // it is the last one but in odd files
		if (*all)[i].Number == n {
			return &(*all)[i]
		}
	}
	*all = append(*all, response.Stage{Number: n})
	return &(*all)[len(*all)-1]
}

// begin gives a stage the filter of a blockette. Coefficients and lists go on where
// the stage has some.
func (r *Reader) begin(s *response.Stage, blockette int, kind string) error {
	var domain response.Domain
	if blockette == 53 || blockette == 54 {
		var err error
		if domain, err = domainOf(kind); err != nil {
			return err
		}
	}
	switch blockette {
	case 53: // which some files say twice
		s.Filter = &response.PolesZeros{Domain: domain, Factor: 1}
	case 54:
		if _, ok := s.Filter.(*response.Coefficients); !ok {
			s.Filter = &response.Coefficients{Domain: domain}
		}
	case 55:
		if _, ok := s.Filter.(*response.List); !ok {
			s.Filter = &response.List{}
		}
	case 57:
		s.Decimation = &response.Decimation{}
	case 61:
		if _, ok := s.Filter.(*response.FIR); !ok {
			s.Filter = &response.FIR{}
		}
	case 62:
		if s == &r.whole {
			r.channel.Response.Polynomial = &response.Polynomial{}
			s.Filter = r.channel.Response.Polynomial
		} else if _, ok := s.Filter.(*response.Polynomial); !ok {
			s.Filter = &response.Polynomial{}
		}
	}
	return nil
}

func domainOf(kind string) (response.Domain, error) {
	kind, _, _ = strings.Cut(kind, " ")
	switch strings.ToUpper(kind) {
	case "A":
		return response.LaplaceRadians, nil
	case "B":
		return response.LaplaceHertz, nil
	case "D":
		return response.Digital, nil
	}
	return 0, fmt.Errorf("%w: the transfer function type %.20q is none of A, B, D", ErrFormat, kind)
}

func polesZeros(s *response.Stage, f *response.PolesZeros, field int, text, rest string) error {
	switch field {
	case 5, 6:
		unit(s, field == 5, text)
	case 7:
		return number(&f.Factor, text)
	case 8:
		return number(&f.FactorHz, text)
	case 10, 15:
		v, err := row(rest, 3)
		if err != nil {
			return err
		}
		if field == 10 {
			f.Zeros = append(f.Zeros, complex(v[1], v[2]))
		} else {
			f.Poles = append(f.Poles, complex(v[1], v[2]))
		}
	}
	return nil
}

func coefficients(s *response.Stage, f *response.Coefficients, field int, text, rest string) error {
	switch field {
	case 5, 6:
		unit(s, field == 5, text)
	case 8, 11:
		v, err := row(rest, 2)
		if err != nil {
			return err
		}
		if field == 8 {
			f.Numerators = append(f.Numerators, v[1])
		} else {
			f.Denominators = append(f.Denominators, v[1])
		}
	}
	return nil
}

func list(s *response.Stage, f *response.List, field int, text, rest string) error {
	switch field {
	case 4, 5:
		unit(s, field == 4, text)
	case 7:
		v, err := row(rest, 5)
		if err != nil {
			return err
		}
		f.FrequenciesHz = append(f.FrequenciesHz, v[1])
		f.Amplitudes = append(f.Amplitudes, v[2])
		f.PhasesDeg = append(f.PhasesDeg, v[4])
	}
	return nil
}

func fir(s *response.Stage, f *response.FIR, field int, text, rest string) error {
	switch field {
	case 5:
		kind, _, _ := strings.Cut(text, " ")
		at := strings.Index("ABC", kind)
		if len(kind) != 1 || at < 0 {
			return fmt.Errorf("%w: the symmetry %.20q is none of A, B, C", ErrFormat, text)
		}
		f.Symmetry = response.Symmetry(at)
	case 6, 7:
		unit(s, field == 6, text)
	case 9:
		v, err := row(rest, 2)
		if err != nil {
			return err
		}
		f.Coefficients = append(f.Coefficients, v[1])
	}
	return nil
}

func polynomial(s *response.Stage, f *response.Polynomial, field int, text, rest string) error {
	switch field {
	case 5, 6:
		unit(s, field == 5, text)
		f.Input, f.Output = s.Input, s.Output
	case 7:
		f.Approximation = text
	case 8:
		f.Frequency = text
	case 9:
		return number(&f.LowerHz, text)
	case 10:
		return number(&f.UpperHz, text)
	case 11:
		return number(&f.LowerBound, text)
	case 12:
		return number(&f.UpperBound, text)
	case 13:
		return number(&f.MaximumError, text)
	case 15:
		v, err := row(rest, 2)
		if err != nil {
			return err
		}
		f.Coefficients = append(f.Coefficients, v[1])
	}
	return nil
}

func decimation(s *response.Stage, field int, text string) error {
	if s.Decimation == nil {
		s.Decimation = &response.Decimation{}
	}
	var err error
	switch d := s.Decimation; field {
	case 4:
		return number(&d.InputRateHz, text)
	case 5:
		d.Factor, err = strconv.Atoi(text)
	case 6:
		d.Offset, err = strconv.Atoi(text)
	case 7:
		return number(&d.DelayS, text)
	case 8:
		return number(&d.CorrectionS, text)
	}
	return wrong(err, text)
}

// gain reads that of a stage, or the sensitivity.
func (r *Reader) gain(s *response.Stage, field int, text string) error {
	if field != 4 && field != 5 {
		return nil
	}
	var v float64
	if err := number(&v, text); err != nil {
		return err
	}
	if s == &r.whole {
		of := r.channel.Response
		if of.Sensitivity == nil {
			of.Sensitivity = &response.Sensitivity{}
		}
		if field == 4 {
			of.Sensitivity.Value = v
		} else {
			of.Sensitivity.FrequencyHz = v
		}
		return nil
	}
	if s.Gain == nil {
		s.Gain = &response.Gain{}
	}
	if field == 4 {
		s.Gain.Value = v
	} else {
		s.Gain.FrequencyHz = v
	}
	return nil
}

// unit keeps the unit of a stage: what is before " - Velocity in Meters per Second".
func unit(s *response.Stage, input bool, text string) {
	name, _, _ := strings.Cut(text, " ")
	if input {
		s.Input = name
	} else {
		s.Output = name
	}
}

func number(to *float64, text string) (err error) {
	text, _, _ = strings.Cut(text, " ")
	*to, err = strconv.ParseFloat(text, 64)
	return wrong(err, text)
}

func wrong(err error, text string) error {
	if err != nil {
		return fmt.Errorf("%w: %.40q is no number", ErrFormat, text)
	}
	return nil
}

// row reads at least n numbers.
func row(rest string, n int) ([]float64, error) {
	fields := strings.Fields(strings.TrimLeft(rest, ": "))
	if len(fields) < n {
		return nil, fmt.Errorf("%w: %d numbers where %d belong", ErrFormat, len(fields), n)
	}
	v := make([]float64, n)
	for i := range v {
		if err := number(&v[i], fields[i]); err != nil {
			return nil, err
		}
	}
	return v, nil
}
