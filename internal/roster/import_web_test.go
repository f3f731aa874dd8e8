// SPDX-License-Identifier: Apache-2.0

package roster_test

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tenday/tenday/internal/app/apptest"
)

const smallList = `Employee ID,Last Name,First Name,Credential,Job Title,Location Code,FTE,Shift,Hire Date,Home Phone
29400,ALMQUIST,ROSA,NP,Nurse Practitioner,901,0.80,Day,2019-03-07,(651) 555-0100
29401,NGUYEN,KATHERINE,NP,Nurse Practitioner,308,0.60,Day,2019-03-07,(651) 555-0101
29402,ALI,MOHAMED,MD,Physician,901,0.80,Day,2019-03-07,(651) 555-0102
29403,DAHL,INGRID,PA,Physician Assistant,901,0.80,Day,2019-03-07,(651) 555-0103
29404,DAHL,PETER,MD,Physician,901,0.80,Day,2019-03-07,(651) 555-0104
29405,LINDSTROM,ASA,DO,Physician,901,0.80,Day,2019-03-07,(651) 555-0105
29406,ONLYBLAINE,BLAIR,MD,Physician,308,0.80,Day,2019-03-07,(651) 555-0106
29490,Ali,Mohammed,MD,Physician,901,0.80,Day,2019-03-07,(651) 555-0102
29491,Newcomer,Nora,MD,Physician,333,1.00,Day,2025-10-01,(651) 555-0177
29492,Nowhere,Nils,MD,Physician,4711,1.00,Day,2025-10-01,(651) 555-0178
`

func upload(t *testing.T, h *apptest.House, role, kind, day, body string) apptest.Answer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range map[string]string{"kind": kind, "as_of": day} {
		if err := w.WriteField(k, v); err != nil {
			t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", "list.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte(body))
	_ = w.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.URL+"/lists/upload", &b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	return h.Do(role, req)
}

func TestAListWalksThroughItsPages(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		see := func(path string, want ...string) string {
			t.Helper()
			a := h.Get("data_lead", path, "")
			if a.Status != 200 {
				t.Fatalf("%s = %d: %.2000s", path, a.Status, a.Body)
			}
			for _, w := range want {
				if !strings.Contains(a.Body, w) {
					t.Errorf("%s lacks %q", path, w)
				}
			}
			if i := strings.Index(a.Body, ">roster."); i >= 0 {
				t.Errorf("%s shows a key: %.60s", path, a.Body[i+1:])
			}
			return a.Body
		}
		post := func(path string, form url.Values) string {
			t.Helper()
			a := h.Post("data_lead", path, form)
			if a.Status != 303 {
				t.Fatalf("POST %s = %d: %.3000s", path, a.Status, a.Body)
			}
			return a.Location
		}
		see("/lists", "No list yet")
		see("/lists/upload", "data-upload")
		if a := upload(t, h, "data_lead", "employer", "", smallList); a.Status != 422 || !strings.Contains(a.Body, "Say which day") {
			t.Errorf("a list without a day = %d", a.Status)
		}
		a := upload(t, h, "data_lead", "employer", "2025-10-31", smallList)
		if a.Status != 303 {
			t.Fatalf("upload = %d: %.2000s", a.Status, a.Body)
		}
		list := strings.TrimSuffix(a.Location, "/columns")
		see(a.Location, "Employee ID", "29400", "Read as")
		form := url.Values{"as_of": {"2025-10-31"}}
		for i, f := range strings.Fields("employee_number family given credential job_title worksite_code fte shift hire_date personal_phone") {
			form.Set("field-"+string(rune('0'+i)), f)
		}
		twice := url.Values{"as_of": {"2025-10-31"}}
		maps.Copy(twice, form)
		twice.Set("field-1", "given")
		if a := h.Post("data_lead", a.Location, twice); a.Status != 422 {
			t.Errorf("a field mapped twice = %d", a.Status)
		}
		if at := post(a.Location, form); at != list {
			t.Errorf("after the columns: %s", at)
		}
		see(list, "Waiting for your decision", "Absent from this list", "Moved", "not on file", "4711", "Leading zeros were put back")
		see(list+"/rows?state=proposed", "Same personal phone", "0.", "New person", "Ali, Mohamed")
		see(list+"/rows?kind=moved", "Nguyen, Katherine", "<del>Hastings</del>", "<ins>Blaine</ins>")
		see(list+"/absent", "Farah, Omar", "Ask the captain")
		if a := h.Post("data_lead", list+"/apply", url.Values{}); a.Status != 409 || !strings.Contains(a.Body, "waits for your decision") {
			t.Errorf("applied with an open row = %d", a.Status)
		}
		post(list+"/rows", url.Values{"line": {"9 link " + h.Person["Mohamed Ali"]}, "back_state": {"proposed"}})
		post(list+"/absent", url.Values{"person": {h.Person["Omar Farah"]}, "what": {"on_leave"}})
		post(list+"/apply", url.Values{})
		see(list, "In use", "Undo import")
		see("/lists", "In use", "sha256")
		see("/people/"+h.Person["Katherine Nguyen"], "Blaine")
		see("/lists/compare?a="+strings.TrimPrefix(list, "/lists/")+"&b="+strings.TrimPrefix(list, "/lists/"), "Hastings")
		see("/duplicates", "Nobody is joined on a name")
		post("/duplicates/find", url.Values{})
		see(list+"/undo", "Take this list back?")
		post(list+"/undo", url.Values{})
		see(list, "Undone", "Everything is as it was before the list")
		if b := h.Get("data_lead", "/people/"+h.Person["Katherine Nguyen"], "").Body; !strings.Contains(b, "Hastings") {
			t.Error("she is not back in Hastings")
		}
		for _, role := range []string{"", "captain", "member", "press", "site reader"} {
			for _, path := range []string{"/lists", list, list + "/rows", list + "/absent", "/duplicates"} {
				if a := h.Get(role, path, ""); a.Status == 200 || strings.Contains(a.Body, "Nguyen") {
					t.Errorf("%s as %q = %d", path, role, a.Status)
				}
			}
			if a := h.Post(role, list+"/undo", url.Values{}); a.Status == 303 && a.Location != "/signin" {
				t.Errorf("undo as %q = %d %s", role, a.Status, a.Location)
			}
		}
	})
}

func TestAPageShowsTheWorkOnAListUntilItEnds(t *testing.T) {
	t.Parallel()

	apptest.Each(t, func(t *testing.T, h *apptest.House) {
		a := upload(t, h, "data_lead", "employer", "2025-10-31", smallList)
		list := strings.TrimSuffix(a.Location, "/columns")
		form := url.Values{"as_of": {"2025-10-31"}}
		for i, f := range strings.Fields("employee_number family given credential job_title worksite_code fte shift hire_date personal_phone") {
			form.Set("field-"+string(rune('0'+i)), f)
		}
		h.Post("data_lead", a.Location, form)
		ended := func() apptest.Answer {
			for {
				if a := h.Get("data_lead", list, ""); !strings.Contains(a.Body, "data-again") {
					return a
				}
				time.Sleep(20 * time.Millisecond)
			}
		}
		ended()
		letGo := h.Hold()
		if a := h.Post("data_lead", list+"/preview", url.Values{}); a.Status != 303 || a.Location != list {
			t.Fatalf("begun: %d to %q", a.Status, a.Location)
		}
		if a := h.Get("data_lead", list, ""); !strings.Contains(a.Body, "Reading and comparing") || !strings.Contains(a.Body, `id="work" data-again="2"`) || !strings.Contains(a.Body, `http-equiv="refresh" content="2"`) {
			t.Errorf("while it goes on: %d %.3000s", a.Status, a.Body)
		}
		if a := h.Post("data_lead", list+"/preview", url.Values{}); a.Status != 409 || !strings.Contains(a.Body, "being worked on") {
			t.Errorf("begun twice: %d", a.Status)
		}
		letGo()
		if a := ended(); !strings.Contains(a.Body, "Waiting for your decision") {
			t.Errorf("when it has ended: %d %.3000s", a.Status, a.Body)
		}
	})
}
