"""What a module of sampled runs has besides its loops over the lanes: moves, records of runs, summaries.

Sums are of differences from the first run, eight of each: constant memory, the same bits for any threads, and no digits
lost, since the first of n runs is at most a root of n standard deviations away from their mean.  No product is fused
with a sum: whether LLVM does so depends on what else it compiles, and bits must not.
"""

SUMS = 24  # numbers for each summed quantity of a move: eight sums, eight of squares, and what is taken off first

TEMPLATE = """
@njit({options})
def fill(v, number, uniform, place, columns, first_run, width, start, size, known):
    for i in range({lanes}):
        number[i] = first_run + min(start + i, size - 1) % width
    point, last = start // width, min(start + {lanes}, size) - 1
    if point == known and point == last // width:  # what is the same in every move is there already
        begin(v)
        return known
    for k in range({inputs}):
        if place[k] < 0:
            for i in range({lanes}):
                v[k * {lanes} + i] = uniform[k]
        else:
            for i in range({lanes}):
                v[k * {lanes} + i] = columns[place[k], min(start + i, size - 1) // width]
    before(v)
    begin(v)
    return point if point == last // width else -1


@njit({options})
def forget(v, events):
    for i in range({lanes}):
        v[{recent} * {lanes} + i] = 0.0
    for i in range(events.size):
        events[i] = 0.0


@njit({options})
def watch(v, events, t):
    window = events.size // {lanes}
    oldest, most = t % window * {lanes}, np.float64(min(t + 1, window))
    for i in range({lanes}):
        now = v[{accepted} * {lanes} + i]
        v[{recent} * {lanes} + i] += now - events[oldest + i]
        v[{seen} * {lanes} + i] = v[{recent} * {lanes} + i] / most
        events[oldest + i] = now


@njit({options})
def move(v, number, key, events, t):
    for i in range({state} * {lanes}):
        v[{before} * {lanes} + i] = v[{now} * {lanes} + i]
    draw(v, number, key[0], key[1], t)
    step(v, np.float64(t))
    if events.size:
        watch(v, events, t)
        steer(v, np.float64(t))


@njit({options})
def run(v, number, events, uniform, place, columns, key, first_run, width, size, first, last, moves, wanted,
        records, out):
    known = -1
    for start in range(first, last, {lanes}):
        count = min({lanes}, size - start)
        known = fill(v, number, uniform, place, columns, first_run, width, start, size, known)
        forget(v, events)
        for t in range(moves):
            move(v, number, key, events, t)
            for n in range(wanted.size):
                for i in range(count):
                    records[n, t, start + i] = v[wanted[n] * {lanes} + i]
        for i in range(count):
            out[start + i] = inf if v[{waiting} * {lanes} + i] == 1.0 else v[{made} * {lanes} + i]


@njit({options})
def add(v, slot, count, sums, at):
    some = sums[at + 16]
    for i in range(8):
        total, squares = 0.0, 0.0
        for row in range(0, {lanes}, 8):
            off = v[slot * {lanes} + row + i] - some
            total += select(row + i < count, off, 0.0)
            squares += select(row + i < count, off * off, 0.0)  # a product on its own: it is not fused with the sum
        sums[at + i] += total
        sums[at + 8 + i] += squares


@njit({options})
def total(sums, at):
    return ((sums[at] + sums[at + 1]) + (sums[at + 2] + sums[at + 3])) + (
        (sums[at + 4] + sums[at + 5]) + (sums[at + 6] + sums[at + 7])
    )


@njit({options})
def arrived(v, count):
    found = 0
    for i in range(count):
        found += v[{waiting} * {lanes} + i] == 0.0
    return found


@njit({options})
def summarise(v, number, events, sums, uniform, place, columns, key, first_run, runs, width, size, first, last, moves,
              wanted, means, squares, reached, histogram):
    known = -1
    for start in range(first, last, {lanes}):
        point, earlier = start // width, start % width
        count = min({lanes}, runs - earlier)
        known = fill(v, number, uniform, place, columns, first_run, width, start, size, known)
        forget(v, events)
        reached[0, point] += arrived(v, count)
        for t in range(moves):
            move(v, number, key, events, t)
            reached[t + 1, point] += arrived(v, count)
            for n in range(wanted.size):
                at = (t * wanted.size + n) * {sums}
                if earlier == 0:
                    sums[at : at + 16] = 0.0
                    sums[at + 16] = v[wanted[n] * {lanes}]
                add(v, wanted[n], count, sums, at)
                if earlier + count == runs:
                    off = total(sums, at)
                    means[n, t, point] = sums[at + 16] + off / runs
                    squares[n, t, point] = max(total(sums, at + 8) - off * off / runs, 0.0)
            if histogram.size:
                locate(v)
                for i in range(count):
                    histogram[t, point, int(v[{bin} * {lanes} + i])] += 1
"""
