/* The enrolment as a step of the installation, and the key of one that was taken back.
 *
 * The agent makes the device's key, durably, and then asks the console, which records the code with that key.  What fails after
 * that must not cost the code: the key is kept when the state is taken back, in SETUP_KEY, root's alone, and the next run's
 * enrolment gets it.  Its file names its code; with another one it is not used (agent/report/identity.h). */
#ifndef MM_INSTALLER_ENROLMENT_H
#define MM_INSTALLER_ENROLMENT_H

#include "installer/setup.h"

/* The agent's identity is complete and of the console that the code names; true without a code. */
bool enrolment_done(struct setup *s);
/* MM_OK, or an error; s->code_of_failure is SETUP_CODE when the console refused. */
int enrolment_apply(struct setup *s);
/* The same over an identity that is there, be it of the same console: another code, another identity. */
int enrolment_anew(struct setup *s);
/* What the enrolment made outside of the state; an identity of before stays. */
int enrolment_undo(struct setup *s);
/* Before the state is erased: keep the key, unless no console knows it. */
int enrolment_keep(const struct setup *s);
/* The agent goes for good: no key is kept, and one that was is removed. */
void enrolment_forget(struct setup *s);

#endif
