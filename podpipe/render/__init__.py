"""Specs -> what Podman is asked for. Pure: the same definition gives the same requests everywhere."""

from podpipe.render.desired import ConfigFolder, Desired, SecretFolder, Workload, render_desired, with_bases
from podpipe.render.places import Places

__all__ = ["ConfigFolder", "Desired", "Places", "SecretFolder", "Workload", "render_desired", "with_bases"]
