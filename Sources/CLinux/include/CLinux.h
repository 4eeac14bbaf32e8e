#ifndef ROOST_CLINUX_H
#define ROOST_CLINUX_H

#include "kernels.h"
#include "system.h"

#endif
