# docker build -t spikemeter .
# docker run --rm --user $(id -u) -v ./results:/spikemeter/results spikemeter
FROM python:3.12-slim
# Triton, the engine for GPUs, compiles a part of each kernel in C.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends gcc libc6-dev make \
 && rm -rf /var/lib/apt/lists/*
# NVML comes with the second.
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility UV_NO_CACHE=1
WORKDIR /spikemeter
COPY . .
# Any user may run it, with a name or without.
RUN make .venv/ready && mkdir -p results && chmod a+rwx . results
ENV PATH=/spikemeter/.venv/bin:$PATH
CMD ["make"]
