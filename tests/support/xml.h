/* Pictures as text: whether they are well-formed, and what is in them. */
#ifndef DL_SUPPORT_XML_H
#define DL_SUPPORT_XML_H
#include <stddef.h>

/* Asserts that the n bytes of text are well-formed XML of the kind that the library writes; the
 * number of elements. */
int xml_elements(const char *text, size_t n);
/* How often part is in text. */
int xml_count(const char *text, const char *part);
#endif
