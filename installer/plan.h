/* Plan, apply, undo: the steps of an installation.
 *
 * Each step knows whether it is done, how to do it and how to take itself back.  What a run does is written down in
 * SETUP_ROOT/SETUP_PENDING before it is done, so that a run that was killed anywhere is gone on with, or taken back, by the next. */
#ifndef MM_INSTALLER_PLAN_H
#define MM_INSTALLER_PLAN_H

#include "installer/setup.h"

struct step {
    const char *name;                  /* also "setup.step.NAME" of the catalogue */
    bool (*done)(struct setup *s);
    int (*apply)(struct setup *s);
    int (*undo)(struct setup *s);      /* of what apply made, whole or in part */
    bool (*wanted)(const struct setup *s); /* NULL: always; false: nobody asked for it, and `done` says true */
    bool puts_back;                    /* undo gives back what an agent of before had: it is called for that one, too */
};

/* The steps of install in their order; ends with a name of NULL. */
extern const struct step install_steps[];
/* Of enroll: another console, or the first one of an agent that worked alone. */
extern const struct step enrol_steps[];

/* Do what is not done.  MM_OK, or the error of the step *failed; then everything that this run and a killed one before it did is
 * taken back, in the opposite order. */
int plan_apply(struct setup *s, const struct step *steps, const struct step **failed);
/* Take all steps back, in the opposite order, whoever did them.  MM_OK, or the last error. */
int plan_undo(struct setup *s, const struct step *steps);
/* Tell what plan_apply would do, a line for each step. */
void plan_show(struct setup *s, const struct step *steps);

#endif
