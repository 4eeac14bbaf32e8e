// Debian's libxml2 shows ICU's types in its headers, and Foundation brings other ones of the same names: a program that
// uses both does not compile. Nothing here needs them.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xmlreader.h>
#include <libxml/SAX2.h>
