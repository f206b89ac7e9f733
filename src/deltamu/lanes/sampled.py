"""What a module of sampled runs has besides its loops over the lanes: moves, records of runs, summaries.

Sums go over 64 lanes in a fixed tree, and from block to block of lanes as in Chan's update of means and squared
deviations: constant memory, no loss of digits, and the same bits for any threads.
"""

__all__ = ["TEMPLATE"]

TEMPLATE = """
@njit({options})
def aligned(size):
    room = np.empty(size + 8)
    ahead = (64 - room.ctypes.data % 64) % 64 // 8
    return room[ahead : ahead + size]


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
def run(uniform, place, columns, key, first_run, width, size, first, last, moves, window, wanted, records, out):
    v, number, known = aligned({slots} * {lanes}), np.empty({lanes}, np.int64), -1
    events = np.empty(window * {lanes})
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
def total(s):
    for i in range(8):
        s[i] = ((s[i] + s[i + 8]) + (s[i + 16] + s[i + 24])) + ((s[i + 32] + s[i + 40]) + (s[i + 48] + s[i + 56]))
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))


@njit({options})
def add(v, s, q, slot, count, earlier, mean, squares):
    some = v[slot * {lanes}]  # of the size of all of them: little cancels
    for i in range({lanes}):
        off = select(i < count, v[slot * {lanes} + i] - some, 0.0)
        s[i] = off
        q[i] = off * off
    here, all_squares = total(s), total(q)
    shift, share = some + here / count - mean, count / (earlier + count)
    squares += max(all_squares - here * here / count, 0.0) + shift * shift * (earlier * share)
    return mean + shift * share, squares


@njit({options})
def arrived(v, count):
    found = 0
    for i in range(count):
        found += v[{waiting} * {lanes} + i] == 0.0
    return found


@njit({options})
def summarise(uniform, place, columns, key, first_run, runs, width, size, first, last, moves, window, wanted,
              means, squares, reached, histogram):
    v, number, known = aligned({slots} * {lanes}), np.empty({lanes}, np.int64), -1
    events = np.empty(window * {lanes})
    s, q = aligned({lanes}), aligned({lanes})
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
                means[n, t, point], squares[n, t, point] = add(
                    v, s, q, wanted[n], count, earlier, means[n, t, point], squares[n, t, point]
                )
            if histogram.size:
                locate(v)
                for i in range(count):
                    histogram[t, point, int(v[{bin} * {lanes} + i])] += 1
"""
