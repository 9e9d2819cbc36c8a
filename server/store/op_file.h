/* The inside of files: rows of the table file, as operations read them. */
#pragma once

#include "store_op.h"

/* Columns of a row f of file, for op_file_take. */
#define OP_FILE_COLUMNS                                                                            \
    "f.id, f.name, f.size, f.type, f.width, f.height, f.owner, f.room, f.seq, f.whole"
#define OP_FILE_COLUMNS_N 10
/* Take them from the current row, first being the first of them. */
struct store_file op_file_take(struct db *db, struct store_request *r, unsigned first);

/* Forget the files of a message; they are added to r->out.gone. */
void op_files_erase(struct db *db, struct store_request *r, int64_t room, int64_t seq);
