// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tenday/tenday/internal/fault"
)

// table makes lines of text with cells between bars.
func table(rows ...string) []Line {
	lines := make([]Line, len(rows))
	for i, r := range rows {
		lines[i] = Line{No: i + 1}
		if r != "" {
			lines[i].Cells = strings.Split(r, "|")
		}
	}
	return lines
}

func mappedFields(m Mapping) string {
	names := make([]string, len(m.Columns))
	for i, c := range m.Columns {
		names[i] = c.Field.String()
		if c.Order != "" {
			names[i] += ":" + string(c.Order)
		}
	}
	return strings.Join(names, " ")
}

func TestHeadingsOfManyListsAreKnown(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ header, row, want string }{
		{
			"Employee ID|Last Name|First Name|Middle Name|Suffix|Credential|Job Title|Cost Center|Location Code|Work Location|FTE|Shift|Hire Date|Home City|Home State|Home ZIP|Home Phone|Work Email|Employment Status",
			"0015116|Abdi|Ayaan|B||MD|Physician|0305|0305|Example Health Cottage Grove Clinic|1.00|Day|05/12/2024|Saint Paul|MN|55128|(414) 555-0145|a@x.example.org|Active",
			"employee_number family given middle suffix credential job_title department worksite_code worksite_name fte shift hire_date:MDY left_out left_out home_zip personal_phone email status",
		},
		{
			"Emp No|Employee Name|Cred|Job Title|Dept|Loc|Location Name|Std Hrs / FTE|Sched|Orig Hire Dt|Eff Dt|Home Zip|Phone|E-mail|Stat",
			"31955|AKERLUND, COBBIE S|MD|MD|414|414|EXAMPLE HEALTH CAMDEN CLINIC|40 hrs|D|45268||55412|3205550174|c@x.example.org|A",
			"employee_number full_name:last_first credential job_title department worksite_code worksite_name fte shift hire_date:MDY effective_date:MDY home_zip phone email status",
		},
		{
			"Núm. empleado|Apellidos|Nombre|Puesto|Clínica|Fecha de ingreso|Teléfono|Correo electrónico|Código postal|Salario",
			"29458|Ruiz|Ana|Médica|Camden|31/12/2019|6515550142|a@x.example.org|55412|1",
			"employee_number family given job_title worksite_name hire_date:DMY phone email home_zip left_out",
		},
		{
			"Name|Title|Location|Personal Cell Number|Date of Birth",
			"Ana Ruiz|RN|0414|6515550142|1/1/1980",
			"full_name:first_last job_title worksite_code personal_phone left_out",
		},
	} {
		sheet, err := ReadSheet(table(c.header, c.row))
		if err != nil {
			t.Errorf("%s: %v", c.header, err)
			continue
		}
		m := GuessMapping(sheet, EmployerList)
		if diff := cmp.Diff(strings.Fields(c.want), strings.Fields(mappedFields(m))); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if err := m.Check(); err != nil {
			t.Errorf("%s: %v", c.header, err)
		}
	}
}

func TestAWebFormOfTheUnionIsKnown(t *testing.T) {
	t.Parallel()

	sheet, err := ReadSheet(table(
		"Timestamp|Your name|What should we call you?|Pronouns|Mobile|Personal email (not work)|Clinic|Role|Best time to reach you|OK to text?|Languages|Card signed on",
		"07/08/2025 20:34:00|Zachary Reinhardt||they/them|952-555-0191|k@clinic.example.org|WSP|FNP|anytime|yes|English; some Spanish|2025-07-08"))
	if err != nil {
		t.Fatal(err)
	}
	m := GuessMapping(sheet, UnionList)
	want := "submitted_on:MDY full_name:first_last preferred_name pronouns personal_phone personal_email worksite_name job_title best_time ok_to_text languages card_signed_on:MDY"
	if diff := cmp.Diff(strings.Fields(want), strings.Fields(mappedFields(m))); diff != "" {
		t.Fatalf("(-want +got)\n%s", diff)
	}
	places := NewPlaces([]Place{{Code: "0824", Name: "Example Health West St. Paul Clinic", Town: "West St. Paul", Kind: "clinic"}, {Code: "0414", Name: "Example Health Camden Clinic", Town: "Camden", Kind: "clinic"}})
	p := m.Row(2, sheet.Rows[0].Cells, ParseContext{Region: "US", Places: places, MailDomains: []string{"clinic.example.org"}})
	raw, err := json.Marshal(p.Values)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{
		"submitted_on": "2025-07-08", "given": "Zachary", "family": "Reinhardt", "pronouns": "they/them", "personal_phone": "+19525550191",
		"email": "k@clinic.example.org", "worksite_code": "0824", "worksite_name": "WSP", "job_title": "FNP", "job_class": "NP",
		"best_time": "anytime", "ok_to_text": "yes", "languages": "English, Spanish (some)", "card_signed_on": "2025-07-08",
	}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]Finding{{FieldPersonalEmail, "k@clinic.example.org", string(WorkEmail)}}, p.Problems); diff != "" || p.Unreadable {
		t.Errorf("problems (-want +got)\n%s", diff)
	}
	var back Values
	if err := json.Unmarshal(raw, &back); err != nil || back != p.Values {
		t.Errorf("values through JSON: %v %v", back, err)
	}
}

func TestLinesThatAreNoRowsAreSetAsideByNumber(t *testing.T) {
	t.Parallel()

	sheet, err := ReadSheet(table(
		"Example Health", "Run date: 10/31/2025|||by: HR", "", "Emp No|Name|Loc|FTE|Phone|Zip",
		"1|Ruiz, Ana|0414|1||", "Subtotal Core:|1", "", "Emp No|Name|Loc|FTE|Phone|Zip", "2|Total, Bo|0414|1|6515550142|55033", "Confidential", "Grand total:|2"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Aside{
		{1, AboveHeader, "Example Health"},
		{2, AboveHeader, "Run date: 10/31/2025 by: HR"},
		{3, BlankLine, ""},
		{6, Subtotal, "Subtotal Core: 1"},
		{7, BlankLine, ""},
		{8, RepeatedHeader, "Emp No Name Loc FTE Phone Zip"},
		{10, LoneCell, "Confidential"},
		{11, GrandTotal, "Grand total: 2"},
	}
	if diff := cmp.Diff(want, sheet.Aside); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(sheet.Rows) != 2 || sheet.Rows[0].No != 5 || sheet.Rows[1].No != 9 || sheet.Header.No != 4 {
		t.Errorf("header %d, rows %v", sheet.Header.No, sheet.Rows)
	}
	if diff := cmp.Diff([]string{"Ruiz, Ana", "Total, Bo"}, sheet.Samples(1)); diff != "" {
		t.Errorf("samples (-want +got)\n%s", diff)
	}
	if _, err := ReadSheet(table("a|b", "c|d")); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("a list without a header: got %v", err)
	}
}

func TestAMappingIsCheckedAndRemembered(t *testing.T) {
	t.Parallel()

	m := Mapping{Kind: EmployerList, Columns: []Column{{Field: FieldPhone}, {Field: FieldPhone}, {Field: LeftOut}, {Field: LeftOut}}}
	var got []string
	if e, ok := errors.AsType[*fault.Error](m.Check()); ok {
		for _, p := range e.Problems {
			got = append(got, p.Key+" "+p.Field)
		}
	}
	if diff := cmp.Diff([]string{"roster.mapping.twice phone", "roster.mapping.name full_name", "roster.mapping.worksite worksite_code"}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	m = Mapping{EmployerList, "f", []Column{{"Emp No", FieldEmployeeNumber, ""}, {"Name", FieldFullName, LastFirst}, {"Loc", FieldWorksiteCode, ""}}}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var back Mapping
	if err := json.Unmarshal(raw, &back); err != nil || m.Check() != nil {
		t.Fatal(err, m.Check())
	}
	if diff := cmp.Diff(m, back); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if _, err := ParseField("shoe_size"); err == nil {
		t.Error("an unknown field was read")
	}
}

func TestARowLosesOnlyTheCellsThatCannotBeRead(t *testing.T) {
	t.Parallel()

	m := Mapping{Kind: EmployerList, Columns: []Column{
		{Field: FieldEmployeeNumber},
		{Field: FieldFullName, Order: LastFirst},
		{Field: FieldWorksiteCode},
		{Field: FieldWorksiteName},
		{Field: FieldPhone},
		{Field: FieldFTE},
	}}
	ctx := ParseContext{NumberWidth: 7, Region: "US", Places: NewPlaces([]Place{{Code: "0414", Name: "Camden Clinic", Town: "Camden", Kind: "clinic"}})}
	p := m.Row(9, []string{"29458", "RUIZ, ANA", "414", "", "6.51556E+09"}, ctx)
	if p.Unreadable || p.Values[FieldEmployeeNumber] != "0029458" || p.Values[FieldWorksiteCode] != "0414" || p.Values[FieldPhone] != "" {
		t.Errorf("got %+v", p)
	}
	if diff := cmp.Diff([]Finding{{FieldPhone, "6.51556E+09", string(PhoneLost)}}, p.Problems); diff != "" {
		t.Errorf("problems (-want +got)\n%s", diff)
	}
	if _, ok := p.FTE(); ok {
		t.Error("a cell that is not there was read as a share of full time")
	}
	for _, cells := range [][]string{{"2.9458E+04", "RUIZ, ANA"}, {"29458", " "}} {
		if p := m.Row(1, cells, ctx); !p.Unreadable || len(p.Problems) != 1 {
			t.Errorf("%q: got %+v", cells, p)
		}
	}
	if p := m.Row(1, []string{"29458", "RUIZ, ANA", "999", "Nowhere"}, ctx); p.Unreadable || p.Problems[0].Code != string(WorksiteUnknown) {
		t.Errorf("an unknown worksite: got %+v", p)
	}
}

func TestDemoListsAreReadInFull(t *testing.T) {
	t.Parallel()

	sheet, _, rows := readDemoList(t, "employer_list_v2.csv", EmployerList)
	if sheet.Header.No != 5 || len(rows) != 630 || len(sheet.Aside) != 14 {
		t.Errorf("header on line %d, %d rows, %d lines aside", sheet.Header.No, len(rows), len(sheet.Aside))
	}
	problems := map[string]int{}
	for _, p := range rows {
		if p.Unreadable {
			t.Errorf("line %d is unreadable: %v", p.Line, p.Problems)
		}
		for _, f := range p.Problems {
			problems[f.Code]++
		}
	}
	if diff := cmp.Diff(map[string]int{string(PhoneLost): 2, string(DateLost): 2}, problems); diff != "" {
		t.Errorf("problems (-want +got)\n%s", diff)
	}
}

func TestPlacesAreFoundByWhatListsPrint(t *testing.T) {
	t.Parallel()

	places := demoPlaces(t)
	for in, want := range map[string]string{
		"EXAMPLE HEALTH CAMDEN CLINIC": "0414", "Camden Clinic - EH": "0414", "Example\u00a0Health\u00a0Camden Clinic": "0414",
		"WSP": "0824", "W. St. Paul": "0824", "Woodbury urgent care": "0583", "woodbury": "0505", "Col Heights": "0115", "Vadnais": "0899",
		"CR": "0718", "Eagan clinic urgent care": "0696", "IGH": "0532", "Brooklyn Pk": "0212", "": "", "Example Health": "", "M": "", "Duluth": "",
	} {
		if got, _ := places.Named(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got, note := places.Code("414"); got != "0414" || note != ZeroRestored {
		t.Errorf("code: got %q %s", got, note)
	}
}
