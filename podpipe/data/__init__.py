"""What runs in the data pod: sync (`python3 -m podpipe.data`) and datasette (`python3 -m podpipe.data.serve`)."""
