// SPDX-License-Identifier: Apache-2.0

package roster

import (
	"errors"
	"slices"

	"github.com/tenday/tenday/internal/db"
	"github.com/tenday/tenday/internal/fault"
)

// jobForm reads the fields that a job has beside its worksite and its days.
func (e *editing) jobForm(j *Employment) []*fault.Error {
	var problems []*fault.Error
	j.JobClass, j.Shift, j.TitlePrinted, j.Department = JobClass(e.value("job_class")), Shift(e.value("shift")), e.value("title"), e.value("department")
	if j.JobClass != "" && !slices.Contains(jobRank, j.JobClass) {
		problems = append(problems, fault.Field("job_class", "roster.job.class_unknown"))
	}
	switch j.Shift {
	case "", Day, Evening, Night, Weekend, Rotating:
	default:
		problems = append(problems, fault.Field("shift", "roster.job.shift_unknown"))
	}
	fte, said, _, problem := ReadFTE(e.value("fte"))
	switch {
	case problem != "":
		problems = append(problems, fault.Field("fte", "roster.job.fte_form"))
	case said:
		j.FTE = fte
	default:
		j.FTE = -1
	}
	if len(j.TitlePrinted)+len(j.Department) > 200 {
		problems = append(problems, fault.Field("title", "roster.edit.too_long"))
	}
	j.OnLeave, j.Primary = e.value("on_leave") != "", e.value("primary") != ""
	return problems
}

// addJob adds a job at a worksite where the caller edits people: nobody gets others into her reach by it. The first one is primary, whatever the form says.
func (e *editing) addJob() error {
	j := Employment{ID: newID(), PersonID: e.f.ID, WorksiteID: e.form.Get("worksite")}
	problems := e.jobForm(&j)
	site := Worksite{ID: j.WorksiteID}
	ok, err := db.Found(e.tx.Row(e.ctx, `SELECT region FROM worksite WHERE id = $1`, j.WorksiteID).Scan(&site.Region))
	if err != nil {
		return err
	}
	if !ok || !mayAddAt(e.ctx, &site) {
		problems = append(problems, fault.Field("worksite", "roster.person.worksite_needed"))
	}
	if j.StartsOn, err = ParseDate(e.value("starts_on")); err != nil || j.StartsOn.IsZero() {
		problems = append(problems, fault.Field("starts_on", "roster.job.start_needed"))
	}
	if err := fault.Join(problems...); err != nil {
		return err
	}
	j.Primary = j.Primary || len(e.f.jobs(j.StartsOn)) == 0
	if j.Primary {
		if err := e.onlyPrimary(j.ID); err != nil {
			return err
		}
	}
	if err := add(e.ctx, e.tx, e.by, additions{employments: []Employment{j}}); err != nil {
		return err
	}
	e.added("employment", j.ID, "voided_by", "", e.by.account)
	return nil
}

// onlyPrimary takes the mark from every other job that has not ended.
func (e *editing) onlyPrimary(id string) error {
	for _, o := range e.f.employments {
		if o.ID != id && o.Primary && (o.EndsOn.IsZero() || !o.EndsOn.Before(e.today)) {
			if err := e.set("employment", o.ID, "is_primary", 1, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *editing) job() (Employment, error) {
	i := slices.IndexFunc(e.f.employments, func(j Employment) bool { return j.ID == e.form.Get("job") })
	if i < 0 {
		return Employment{}, fault.New(fault.Missing, "roster.job.missing")
	}
	return e.f.employments[i], nil
}

func (e *editing) changeJob() error {
	was, err := e.job()
	if err != nil {
		return err
	}
	j := was
	if err := fault.Join(e.jobForm(&j)...); err != nil {
		return err
	}
	if j.Primary && !was.Primary {
		if err := e.onlyPrimary(j.ID); err != nil {
			return err
		}
	}
	j.Primary = j.Primary || was.Primary // one is primary always: another one takes the mark, it is not put down
	return errors.Join(
		e.set("employment", j.ID, "job_class", string(was.JobClass), string(j.JobClass)),
		e.set("employment", j.ID, "title_printed", was.TitlePrinted, j.TitlePrinted),
		e.set("employment", j.ID, "department", was.Department, j.Department),
		e.set("employment", j.ID, "fte", was.FTE, j.FTE),
		e.set("employment", j.ID, "shift", string(was.Shift), string(j.Shift)),
		e.set("employment", j.ID, "on_leave", bit(was.OnLeave), bit(j.OnLeave)),
		e.set("employment", j.ID, "is_primary", bit(was.Primary), bit(j.Primary)),
	)
}

// endJob gives a job its last day. When it was the primary one, the longest of the others becomes it.
func (e *editing) endJob() error {
	j, err := e.job()
	if err != nil {
		return err
	}
	end, err := ParseDate(e.value("ends_on"))
	if err != nil || end.IsZero() || end.Before(j.StartsOn) {
		return fault.Field("ends_on", "roster.job.end_needed")
	}
	if err := e.set("employment", j.ID, "ends_on", j.EndsOn.String(), end.String()); err != nil {
		return err
	}
	if !j.Primary {
		return nil
	}
	for _, o := range e.f.jobs(end.AddDays(1)) {
		if o.ID != j.ID {
			return errors.Join(e.set("employment", j.ID, "is_primary", 1, 0), e.set("employment", o.ID, "is_primary", 0, 1))
		}
	}
	return nil
}
