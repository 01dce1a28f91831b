/* Program log on standard error, one line per call, syslog level prefix
 * (<3>error, <4>warning, <6>info, <7>debug; sd-daemon(3)) where the stream
 * is the system journal.  Library code never calls this; nothing calls it on
 * the path that answers a kernel permission event.  Thread-safe. */
#ifndef MM_LIB_LOG_H
#define MM_LIB_LOG_H

enum log_level { LOG_LV_ERROR = 3, LOG_LV_WARN = 4, LOG_LV_INFO = 6, LOG_LV_DEBUG = 7 };

/* Name the process in each line and choose the least important level shown. */
void log_setup(const char *role, enum log_level least);

/* One line, printf(3); control characters are blunted, what is longer than 1 KiB is cut. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
