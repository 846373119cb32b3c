/* The tour, losing one error on its way. */

#define LEAK
#include "tour.c"
