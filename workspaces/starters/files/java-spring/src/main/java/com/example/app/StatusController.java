package com.example.app;

import org.springframework.boot.SpringBootVersion;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
public class StatusController {

    @GetMapping("/api/status")
    public Status status() {
        return new Status("ok", "Spring Boot", SpringBootVersion.getVersion());
    }

    public record Status(String status, String framework, String version) {
    }
}
