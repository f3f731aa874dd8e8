// SPDX-License-Identifier: Apache-2.0

package roster

import "strings"

// JobClass is an occupation as the unit counts it. "" is not known.
type JobClass string

// The job classes. A title may be less exact than a licence: Physician is MD or DO, APRN is NP, CNM, CNS or CRNA.
const (
	MD        JobClass = "MD"
	DO        JobClass = "DO"
	PA        JobClass = "PA"
	NP        JobClass = "NP"
	CNM       JobClass = "CNM"
	CNS       JobClass = "CNS"
	CRNA      JobClass = "CRNA"
	APRN      JobClass = "APRN"
	Physician JobClass = "physician"
	PharmD    JobClass = "PharmD"
	RN        JobClass = "RN"
	LPN       JobClass = "LPN"
	MA        JobClass = "MA"
)

// jobRank lists the classes from the one that says most: of "APRN, CNP" the second counts.
var jobRank = []JobClass{MD, DO, CRNA, CNM, CNS, NP, PA, PharmD, APRN, Physician, RN, LPN, MA}

// jobWords are words of titles and credentials, folded. A phrase is taken out before the words in it are looked at, so
// that a physician assistant is no physician.
var (
	jobPhrases = []struct {
		words string
		class JobClass
	}{
		{"physician assistant", PA},
		{"physician asst", PA},
		{"phys assistant", PA},
		{"phys asst", PA},
		{"physician associate", PA},
		{"asociado medico", PA},
		{"asociada medica", PA},
		{"nurse practitioner", NP},
		{"nurse pract", NP},
		{"enfermera especializada", NP},
		{"enfermera practicante", NP},
		{"enfermero practicante", NP},
		{"nurse midwife", CNM},
		{"enfermera partera", CNM},
		{"nurse anesthetist", CRNA},
		{"clinical nurse specialist", CNS},
		{"registered nurse", RN},
		{"enfermera registrada", RN},
		{"enfermera titulada", RN},
		{"practical nurse", LPN},
		{"vocational nurse", LPN},
		{"medical assistant", MA},
		{"asistente medico", MA},
		{"asistente medica", MA},
		{"medical director", Physician},
		{"director medico", Physician},
	}
	jobWords = map[string]JobClass{
		"md": MD, "mbbs": MD, "do": DO, "pa": PA, "pac": PA, "np": NP, "cnp": NP, "fnp": NP, "crnp": NP, "arnp": NP,
		"pnp": NP, "anp": NP, "agnp": NP, "whnp": NP, "pmhnp": NP, "cnm": CNM, "cns": CNS, "crna": CRNA,
		"aprn": APRN, "apn": APRN, "rn": RN, "bsn": RN, "lpn": LPN, "lvn": LPN, "cma": MA, "rma": MA, "pharmd": PharmD,
		"pharmacist": PharmD, "farmaceutico": PharmD, "farmaceutica": PharmD, "physician": Physician, "phys": Physician,
		"doctor": Physician, "doctora": Physician, "doc": Physician, "medico": Physician, "medica": Physician,
		"pediatrician": Physician, "pediatra": Physician, "internist": Physician, "hospitalist": Physician,
		"psychiatrist": Physician, "surgeon": Physician, "obstetrician": Physician, "dermatologist": Physician,
		"cardiologist": Physician, "neurologist": Physician, "nurse": RN, "enfermera": RN, "enfermero": RN,
	}
)

// ReadJob returns the class that a credential and a printed title name; the credential counts first. A title that is in no
// table gives "" and JobUnknown.
func ReadJob(title, credential string) (JobClass, Note) {
	class, printed := jobOf(credential), jobOf(title)
	if class == "" || class.covers(printed) {
		class = printed
	}
	if class == "" && !(blank(clean(title)) && blank(clean(credential))) {
		return "", JobUnknown
	}
	return class, ""
}

func jobOf(s string) JobClass {
	s = " " + Fold(s) + " "
	found := map[JobClass]bool{}
	for _, p := range jobPhrases {
		if t := strings.ReplaceAll(s, " "+p.words+" ", " "); t != s {
			s, found[p.class] = t, true
		}
	}
	for w := range strings.FieldsSeq(s) {
		if c, ok := jobWords[w]; ok {
			found[c] = true
		}
	}
	for _, c := range jobRank {
		if found[c] {
			return c
		}
	}
	return ""
}

// Agrees reports whether two classes may be one job: equal, or one the less exact name of the other. Unknown agrees with
// nothing.
func (c JobClass) Agrees(o JobClass) bool {
	if c == "" || o == "" {
		return false
	}
	return c == o || c.covers(o) || o.covers(c)
}

// widest returns the least exact name of c; classes that agree share it.
func (c JobClass) widest() JobClass {
	for _, wide := range []JobClass{Physician, APRN} {
		if wide.covers(c) {
			return wide
		}
	}
	return c
}

func (c JobClass) covers(o JobClass) bool {
	switch c {
	case Physician:
		return o == MD || o == DO
	case APRN:
		return o == NP || o == CNM || o == CNS || o == CRNA
	}
	return false
}

// Shift is when somebody usually works. "" is not known.
type Shift string

// The shifts.
const (
	Day      Shift = "day"
	Evening  Shift = "evening"
	Night    Shift = "night"
	Weekend  Shift = "weekend"
	Rotating Shift = "rotating"
)

var shiftWords = map[string]Shift{
	"d": Day, "day": Day, "days": Day, "am": Day, "1st": Day, "first": Day, "dia": Day, "diurno": Day, "manana": Day,
	"e": Evening, "eve": Evening, "evening": Evening, "evenings": Evening, "pm": Evening, "2nd": Evening,
	"second": Evening, "tarde": Evening, "vespertino": Evening,
	"n": Night, "night": Night, "nights": Night, "noc": Night, "3rd": Night, "third": Night, "overnight": Night,
	"noche": Night, "nocturno": Night, "w": Weekend, "we": Weekend, "wknd": Weekend, "weekend": Weekend,
	"weekends": Weekend, "fin de semana": Weekend, "r": Rotating, "rot": Rotating, "rotating": Rotating,
	"rotation": Rotating, "var": Rotating, "variable": Rotating, "rotativo": Rotating, "rotatorio": Rotating,
}

// ReadShift reads a shift word, English or Spanish, whole or short.
func ReadShift(s string) (Shift, Note) {
	w := Fold(clean(s))
	if blank(w) {
		return "", ""
	}
	for _, t := range []string{w, strings.TrimSuffix(w, " shift"), strings.TrimPrefix(w, "turno "), strings.TrimPrefix(w, "turno de ")} {
		if sh, ok := shiftWords[t]; ok {
			return sh, ""
		}
	}
	return "", WordUnknown
}
