// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Order says how the parts of a column's cells stand: dates month or day first, names family or given first. "" is not
// known, and is read as MDY for dates.
type Order string

// The orders.
const (
	MDY       Order = "MDY"
	DMY       Order = "DMY"
	LastFirst Order = "last_first"
	FirstLast Order = "first_last"
)

var (
	clock     = regexp.MustCompile(`(?i)[T ,]+\d{1,2}:\d{2}.*$`)
	datePart  = regexp.MustCompile(`\d+|\p{L}+`)
	serialDay = regexp.MustCompile(`^\d{1,6}(?:\.\d+)?$`)
)

// months by the first three letters, English and Spanish
var months = map[string]time.Month{
	"jan": 1, "ene": 1, "feb": 2, "mar": 3, "apr": 4, "abr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "ago": 8,
	"sep": 9, "set": 9, "oct": 10, "nov": 11, "dec": 12, "dic": 12,
}

// The serial numbers that are taken for dates: 1920-01-01 to 2099-12-31 in the 1900 system. Below are the values a
// spreadsheet shows for an empty cell; above, numbers that are no dates.
const (
	firstSerial = 7306
	lastSerial  = 73050
)

// ReadDate reads a civil day written as ISO, with slashes in the column's order, with a month's name in English or
// Spanish, or as a spreadsheet's serial number. A time of day is dropped. Two-digit years up to 68 are 20xx.
func ReadDate(s string, order Order) (Date, Note, Problem) {
	s = figure(s)
	if blank(s) {
		return Date{}, "", ""
	}
	if serialDay.MatchString(s) {
		n, _ := strconv.ParseFloat(s, 64) // the expression allows nothing else
		switch {
		case n <= 366:
			return Date{}, "", DateLost
		case n < firstSerial || n >= lastSerial+1:
			return Date{}, "", DateForm
		}
		return Date{1899, time.December, 30}.AddDays(int(n)), SpreadsheetSerial, ""
	}
	if len(s) == 8 && allDigits(s) {
		s = s[:4] + "-" + s[4:6] + "-" + s[6:]
	}
	var nums []string
	var month time.Month
	for _, part := range datePart.FindAllString(clock.ReplaceAllString(s, ""), -1) {
		if allDigits(part) {
			nums = append(nums, part)
			continue
		}
		word := Fold(part)
		if m, ok := months[word[:min(3, len(word))]]; ok && month == 0 {
			month = m
		} else if !strings.Contains(" de del of st nd rd th ", " "+word+" ") { //nolint:gocritic // a list of words is searched, not the cell
			return Date{}, "", DateForm
		}
	}
	d, problem := assemble(nums, month, order)
	return d, "", problem
}

// assemble makes a day of two numbers and a named month, or of three numbers.
func assemble(nums []string, month time.Month, order Order) (Date, Problem) {
	named := month != 0
	if len(nums) != 3 && !(named && len(nums) == 2) {
		return Date{}, DateForm
	}
	n := make([]int, len(nums))
	for i, s := range nums {
		n[i], _ = strconv.Atoi(s[:min(len(s), 6)])
	}
	var year, day int
	yearFirst := len(nums[0]) == 4
	switch {
	case named && yearFirst:
		year, day = n[0], n[1]
	case named:
		day, year = n[0], n[1]
	case yearFirst:
		year, month, day = n[0], time.Month(n[1]), n[2]
	case order == DMY:
		day, month, year = n[0], time.Month(n[1]), n[2]
	default:
		month, day, year = time.Month(n[0]), n[1], n[2]
	}
	if !yearFirst && len(nums[len(nums)-1]) == 2 {
		if year += 2000; year > 2068 {
			year -= 100
		}
	}
	switch {
	case year == 0 || year == 1899 || year == 1900 || day == 0 || month == 0:
		return Date{}, DateLost
	case month > 12:
		return Date{}, DateMonth
	}
	d := Date{year, month, day}
	if year < 1900 || year > 2099 || DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC)) != d {
		return Date{}, DateForm
	}
	return d, ""
}

var slashed = regexp.MustCompile(`^(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}\b`)

// GuessDateOrder returns MDY or DMY by the cells that can be read in one way only, whichever has more; MDY for US lists
// that leave it open.
func GuessDateOrder(cells []string) Order {
	mdy, dmy := 0, 0
	for _, c := range cells {
		m := slashed.FindStringSubmatch(clean(c))
		if m == nil {
			continue
		}
		a, _ := strconv.Atoi(m[1])
		b, _ := strconv.Atoi(m[2])
		if a > 12 && b <= 12 {
			dmy++
		} else if b > 12 && a <= 12 {
			mdy++
		}
	}
	if dmy > mdy {
		return DMY
	}
	return MDY
}
