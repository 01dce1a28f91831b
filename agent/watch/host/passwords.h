/* Article 3 in two halves: what PAM enforces (survey_passwords.c), and who there is (survey_accounts.c). */
#ifndef MM_AGENT_WATCH_HOST_PASSWORDS_H
#define MM_AGENT_WATCH_HOST_PASSWORDS_H

#include "agent/watch/host/accounts.h"
#include "agent/watch/host/survey.h"

/* accounts.admin: uid 0, groups with rights, sudoers. */
void accounts_check_admin(struct survey *s, const struct accounts *a);
/* accounts.dormant: accounts that can log in and that nobody has used for long. */
void accounts_check_dormant(struct survey *s, const struct accounts *a);
/* accounts.autologin: display managers and consoles that ask nobody. */
void accounts_check_autologin(struct survey *s);

#endif
