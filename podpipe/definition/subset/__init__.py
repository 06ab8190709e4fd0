"""The supported subset of Kubernetes' manifests, and podpipe.yaml's keys: one table for the reader and the manual.

Each section is a mapping in the files. Its `keys` say what a key becomes; its `refused` are keys that exist in
Kubernetes and not here, with what to do instead. A key in neither is a mistake in writing.
"""
