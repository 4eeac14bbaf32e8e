let usage = """
    bench — load client for stores with an S3 API

    bench put|get|head|list|delete|mixed|query [flags]    one workload; query searches metadata
    bench suite [flags]                             the whole table, beside its floors
    bench listing [flags]                           what pages of listings cost in a bucket of 10,000 keys and in one of
                                                    --list-objects keys, and after these were deleted; status 1 if a
                                                    page of the large one costs more than 10 times as much
    bench search [flags]                            the search index, in this process

    Where
      --endpoint HOST:PORT        default 127.0.0.1:9000 (in the clear)
      --bucket NAME               default bench; made if missing
      --access-key, --secret-key  default from ROOST_ACCESS_KEY and ROOST_SECRET_KEY; without them, unsigned requests
      --region NAME               default us-east-1
      --pid N                     of the server, for its CPU and memory; default: the process that listens on the port

    What
      --size BYTES                of an object; 4k, 1m, 1g … are understood; default 4k
      --range BYTES               get: only that much, from a random place
      --keys N                    objects in use; default 10,000 up to 64 KiB, fewer for larger ones
      --concurrency N             connections, one request at a time each; default 16
      --duration SECONDS          default 10
      --operations N              end after N operations instead
      --payload signed|unsigned   whether requests carry the SHA-256 of their body (hashed before the clock starts);
                                  default signed
      --seed N                    of contents and choices; default 1
      --prefix TEXT               of the keys; default bench/
      --metadata                  objects carry words, a type and a tag to be searched (query: always)
      --no-prepare                the objects are there from a run with the same flags
      --threads N                 of this client; default 2

    Out
      --json                      one JSON object instead of text
      --limits DIR                measure what the machine allows as well: synced appends of the same bytes to files in
                                  DIR, and nginx serving files of that size
      --limit-files N             files that an object is spread over; default 6, or 3 for objects up to 16 KiB
      --limit-data N              of these, files that hold data and not parity; default 4, or 1

    Suite
      --list-objects N            empty objects to list; default 1,000,000
      --stream-size BYTES         of each of the 16 + 16 streams under which memory is measured; default 1g
      --only NAMES                rows to run, by number: 1,2,7
      --restart COMMAND           kill the server with SIGKILL, run COMMAND by sh, and time the way to its first answer

    Search (Tools/bench-search/run measures other engines beside it)
      --documents N               default 1,000,000
      --vocabulary N              words that the documents are made of; default 100,000
      --folder DIR                where the index is made and taken away again; default .build/bench-search
      --write FILE                the documents as JSON lines, for other engines
      --overwrite PERCENT         documents that are put again with other metadata
      --no-merges                 leave the segments as they are written
      --cut N                     spread the keys over N indexes, as shards of a bucket; default 1
      --cache BYTES               of all indexes; default 64 MiB
      --dump FILE                 print what the queries in FILE find, one a line, instead of measuring
      --seed N, --json            as above

    Every object that is read is compared with what was written. Failures are counted by kind, and end the program with
    status 1. Times are from the request's first byte to the response's last. The percentiles are exact to 1.6 %.
    """
