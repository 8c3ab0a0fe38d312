"""In place of a decoder: one that never ends by itself."""

import threading


def main():
    threading.Event().wait()
