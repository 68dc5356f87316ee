"""What deploy/soak runs: PROGRAM SECONDS CURVE."""
import asyncio, http.server, json, os, random, signal, socket, subprocess, sys, tempfile, threading, time, urllib.error, urllib.request

import nats

program, seconds, curve = os.path.abspath(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
CHANNELS, CLIENTS, PAUSE = 50, 24, 0.05
# How long a request may take: longer than the service's own bounds below.
PATIENCE = 40


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Provider(http.server.BaseHTTPRequestHandler):
    """Answers as OpenAI does, most of the time."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        dice = random.random()
        if dice < 0.02:
            time.sleep(3)
        if dice < 0.05:
            return self.say(random.choice([429, 500, 503]), b'{"error":{"message":"not now"}}')
        text = "word " * random.randint(1, 60)
        if not body.get("stream"):
            return self.say(200, json.dumps({"choices": [{"message": {"content": text}, "finish_reason": "stop"}]}).encode())
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for number, word in enumerate(text.split(" ")):
            if dice > 0.98 and number == 3:
                break
            self.wfile.write(b"data: " + json.dumps({"choices": [{"delta": {"content": word + " "}}]}).encode() + b"\n\n")
        else:
            self.wfile.write(b'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
        self.close_connection = True

    def do_GET(self):
        self.say(200, b'{"data":[{"id":"tiny"}]}')

    def say(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Machine:
    """The processes, and when something was done to them."""

    def __init__(self, folder):
        self.folder, self.port, self.http = folder, free_port(), free_port()
        self.url = f"nats://127.0.0.1:{self.port}"
        self.disturbances, self.processes = [], {}
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
        # A client that goes in the middle of an answer is part of it.
        server.handle_error = lambda *_: None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.config = {
            "default_provider": "openai", "nats": {"servers": [self.url]}, "service": {"request_timeout": 20},
            "providers": {"openai": {"base_url": f"http://127.0.0.1:{server.server_port}/v1", "api_key": "k",
                                     "default_model": "tiny"}},
            "context": {"summarize_after": 0}, "logging": {"level": "warning"}}

    def start(self, name, *command):
        log = open(os.path.join(self.folder, name + ".log"), "a")
        self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder)

    def start_nats(self):
        self.start("nats", "nats-server", "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", self.folder + "/js")

    def start_instance(self, name, **more):
        path = os.path.join(self.folder, name + ".json")
        with open(path, "w") as file:
            json.dump({**self.config, **more}, file)
        self.start(name, program, "serve", "--config", path)

    async def end(self, name, how=signal.SIGTERM):
        process = self.processes.pop(name)
        process.send_signal(how)
        await asyncio.to_thread(process.wait)

    def disturbed(self, since):
        return any(moment > since - 2 for moment in self.disturbances)

    async def disturb(self):
        """Every few seconds something, in turn."""
        while True:
            for what in ["term", "kill", "nats"]:
                await asyncio.sleep(max(15, min(60, seconds / 12)))
                if what != "term":
                    self.disturbances.append(time.time())
                if what == "nats":
                    await self.end("nats")
                    await asyncio.sleep(0.5)
                    self.start_nats()
                else:
                    await self.end("second", signal.SIGTERM if what == "term" else signal.SIGKILL)
                    self.start_instance("second")
                if what != "term":
                    # What it takes until all is well again.
                    self.disturbances.append(time.time() + 5)

    def measure(self):
        status = dict(line.split(":\t", 1) for line in open(f"/proc/{self.processes['first'].pid}/status") if ":\t" in line)
        files = len(os.listdir(f"/proc/{self.processes['first'].pid}/fd"))
        return int(status["VmRSS"].split()[0]), files, int(status["Threads"])


async def traffic(machine, tally):
    async def ignore(_):
        """That the server is away now and then is part of it."""

    client = await nats.connect(machine.url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=ignore)
    ends = {}

    async def hear(message):
        identifier = json.loads(message.data).get("request_id")
        if identifier in ends:
            ends[identifier] += 1

    for subject in ["llm.response", "llm.error"]:
        await client.subscribe(subject, cb=hear)
    stop = time.time() + seconds

    async def ask(worker):
        number = 0
        while time.time() < stop:
            number += 1
            since, identifier = time.time(), f"{worker}-{number}"
            door = random.choice(["request", "stream", "command", "job", "http"])
            channel = f"room{random.randrange(CHANNELS)}"
            question = {"action": "chat", "channel_id": channel, "message": "Hello", "username": "alice", "request_id": identifier}
            if door == "http":
                body = json.dumps({"model": "default", "messages": [{"role": "user", "content": "Hello"}]}).encode()
                request = urllib.request.Request(f"http://127.0.0.1:{machine.http}/v1/chat/completions", body,
                                                 {"Content-Type": "application/json"})
                try:
                    count = await asyncio.to_thread(lambda: bool(urllib.request.urlopen(request, timeout=PATIENCE).read()))
                except urllib.error.HTTPError:
                    count = 1
                except OSError:
                    count = 0
            else:
                ends[identifier] = 0
                try:
                    if door == "command":
                        question = {"command": "chat", "args": ["Hello"], **question}
                        await client.publish("rosey.command.chat", json.dumps(question).encode())
                    elif door == "job":
                        await client.request("llm.job", json.dumps(question).encode(), timeout=PATIENCE)
                    else:
                        question["stream"] = door == "stream"
                        await client.publish("llm.request", json.dumps(question).encode())
                    while not ends[identifier] and time.time() - since < PATIENCE and not machine.disturbed(since):
                        await asyncio.sleep(0.01)
                except Exception:
                    pass
                # A second end would come soon after the first.
                await asyncio.sleep(PAUSE)
                count = ends.pop(identifier)
            tally["asked"] += 1
            if count == 1:
                tally["ended"] += 1
            elif count > 1 and door != "job":
                tally["twice"] += 1
            elif machine.disturbed(since):
                tally["disturbed"] += 1
            elif count == 0:
                tally["lost"] += 1
                print("no end:", door, identifier, file=sys.stderr)

    await asyncio.gather(*(ask(f"w{number}") for number in range(CLIENTS)))
    await client.close()


def slope(points):
    """The least squares' slope, as growth from the first to the last in parts of the mean."""
    count, mean = len(points), sum(points) / len(points)
    middle = (count - 1) / 2
    rise = sum((index - middle) * (point - mean) for index, point in enumerate(points))
    return rise / sum((index - middle) ** 2 for index in range(count)) * (count - 1) / mean


async def main():
    with tempfile.TemporaryDirectory(prefix="rosey-llm-soak-") as folder:
        machine, tally, points = Machine(folder), dict.fromkeys(["asked", "ended", "disturbed", "lost", "twice"], 0), []
        try:
            machine.start_nats()
            machine.start_instance("first", gateway={"enabled": True, "port": machine.http})
            machine.start_instance("second")
            await asyncio.sleep(3)
            disturbing = asyncio.create_task(machine.disturb())
            asking = asyncio.create_task(traffic(machine, tally))
            with open(curve, "w") as file:
                file.write("seconds,rss_kib,descriptors,threads,asked,ended,disturbed,lost,twice\n")
                began = time.time()
                while not asking.done():
                    points.append(machine.measure())
                    file.write(",".join(map(str, [round(time.time() - began), *points[-1], *tally.values()])) + "\n")
                    file.flush()
                    await asyncio.wait([asking], timeout=max(1, seconds / 720))
            await asking
            disturbing.cancel()
        finally:
            for process in machine.processes.values():
                process.kill()
        # The first third is for what fills once: caches, conversations, pools.
        settled = points[len(points) // 3:]
        growth = {name: slope([point[index] for point in settled]) for index, name in enumerate(["rss", "descriptors", "threads"])}
        print(json.dumps({**tally, "rss_mib": round(points[-1][0] / 1024, 1),
                          "growth": {name: f"{value:+.1%}" for name, value in growth.items()}}))
        is_good = tally["ended"] > 0 and not tally["lost"] and not tally["twice"]
        # Of a short run the slope says little.
        if seconds >= 600:
            is_good = is_good and growth["rss"] < 0.1 and growth["descriptors"] < 0.2 and growth["threads"] < 0.1
        sys.exit(0 if is_good else 1)


asyncio.run(main())
