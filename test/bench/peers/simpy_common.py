"""The common workload on SimPy: one process per task, first fit by a linear scan. Reads the CSV of `--csv`."""
import json
import resource
import sys

import simpy

path, host_count = sys.argv[1], int(sys.argv[2])
with open(path) as lines:
    tasks = [tuple(map(int, line.split(","))) for line in lines]
cpu = [16] * host_count
memory = [64] * host_count
queue = []
head = 0
state = {"finished": 0, "waited": 0, "makespan": 0}
env = simpy.Environment()


def place():
    global head
    while head < len(queue):
        arrival, duration, want_cpu, want_memory = queue[head]
        for host in range(host_count):
            if cpu[host] >= want_cpu and memory[host] >= want_memory:
                break
        else:
            return
        head += 1
        state["waited"] += env.now - arrival
        cpu[host] -= want_cpu
        memory[host] -= want_memory
        env.process(run(host, duration, want_cpu, want_memory))


def run(host, duration, want_cpu, want_memory):
    yield env.timeout(duration)
    cpu[host] += want_cpu
    memory[host] += want_memory
    state["finished"] += 1
    state["makespan"] = env.now
    place()


def arrivals():
    for task in tasks:
        yield env.timeout(task[0] - env.now)
        queue.append(task)
        place()


env.process(arrivals())
env.run()
usage = resource.getrusage(resource.RUSAGE_SELF)
print(
    json.dumps(
        {
            "makespanSeconds": state["makespan"] / 1e6,
            "meanWaitSeconds": state["waited"] / state["finished"] / 1e6,
            "finished": state["finished"],
            "cpuSeconds": usage.ru_utime + usage.ru_stime,
        }
    )
)
